import { setTimeout as sleep } from "node:timers/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import { parseCount } from "./count-option.js";
import { connectHost, type HostOptions, withHostOptions } from "./host-options.js";
import { type FiguresAnswer, figuresAnswer } from "./module-figures.js";
import { type Output, print, printJson } from "./output.js";
import { type SortKey, sortKeys, topRows } from "./top-rows.js";
import { firstView, pressKey, type TopView, topScreen, topTable } from "./top-view.js";

const FIRST_READING_MS = 300;
/** What else ends it, with the terminal as it was. */
const endSignals = ["SIGTERM", "SIGHUP", "SIGINT"] as const;

interface TopOptions extends HostOptions {
  readonly interval: number;
  readonly sort: SortKey;
  readonly filter: string;
  readonly count?: number;
  readonly json?: boolean;
}

/** `top`: shows the modules as they work. */
export function addTopCommand(program: Command, output: Output): void {
  withHostOptions(program.command("top"))
    .description("show the modules live: rates, losses, queues, latency, cpu, memory")
    .option("--interval <seconds>", "time between two readings, from 0.2 to 3600", parseInterval, 1)
    .addOption(new Option("--sort <column>", "column to sort by").choices(sortKeys).default("lost"))
    .option("--filter <text>", "show only modules with this in their names", "")
    .option("--count <n>", "stop after n readings", parseCount)
    .option("--json", "print one JSON array for each reading")
    .addHelpText(
      "after",
      `
On a terminal: q quits, s and S change the column to sort by, r reverses, / filters by name. Elsewhere each reading is
printed as a table. EV/S (acknowledged), LOST/S and P99 are of the time since the reading before. STATE is the health of
a module that runs. A narrow terminal goes without LOST, the sum since the start.

Examples:
  blvm-streams top
  blvm-streams top --sort memory --interval 5
  blvm-streams top --count 1 | head -2`,
    )
    .action((options: TopOptions) => top(options, output));
}

function parseInterval(text: string): number {
  const seconds = Number(text);
  if (text.trim() === "" || !(seconds >= 0.2 && seconds <= 3600))
    throw new InvalidArgumentError("a number of seconds from 0.2 to 3600 is expected.");
  return seconds;
}

async function top(options: TopOptions, output: Output): Promise<void> {
  using client = await connectHost(options);
  const read = async () => figuresAnswer.parse(await client.call("modulefigures", {}));
  const view: TopView = { ...firstView, sort: options.sort, filter: options.filter };
  const first = await read();
  await sleep(Math.min(FIRST_READING_MS, options.interval * 1000));
  const isTerminal = output.columns !== undefined && process.stdin.isTTY === true && options.json !== true;
  if (isTerminal) await showLive(read, () => client.close(), first, view, options, output);
  else await printReadings(read, first, view, options, output);
}

type Read = () => Promise<FiguresAnswer>;

async function printReadings(
  read: Read,
  first: FiguresAnswer,
  view: TopView,
  { interval, count = Number.POSITIVE_INFINITY, json }: TopOptions,
  output: Output,
): Promise<void> {
  let before = first;
  for (let readings = 1; ; readings++) {
    const now = await read();
    const rows = topRows(before, now);
    await (json === true ? printJson(output, rows) : print(output, topTable(rows, view)));
    if (readings >= count) return;
    before = now;
    await sleep(interval * 1000);
    if (json !== true) await print(output, "\n");
  }
}

/** The alternate screen is left and the keyboard given back however it ends. */
async function showLive(
  read: Read,
  hangUp: () => void,
  first: FiguresAnswer,
  startView: TopView,
  { interval, count = Number.POSITIVE_INFINITY }: TopOptions,
  { stdout }: Output,
): Promise<void> {
  const { stdin } = process;
  let view = startView;
  let rows = topRows(undefined, first);
  let before = first;
  let wake = () => {};
  const quit = () => {
    view = { ...view, isOver: true };
    // A host that hangs keeps nobody from leaving.
    hangUp();
    wake();
  };
  const size = () => ({ columns: process.stdout.columns, lines: process.stdout.rows });
  const draw = () => {
    const screen = topScreen(rows, view, size(), new Date().toISOString().slice(11, 19));
    stdout.write(`\u001b[H\u001b[2J${screen.replaceAll("\n", "\r\n")}`);
  };
  const onKeys = (chunk: string) => {
    // An arrow key arrives as one chunk that begins like Esc: it means nothing here.
    for (const key of chunk.length > 1 && chunk.startsWith("\u001b") ? [] : chunk) view = pressKey(view, key);
    if (view.isOver) quit();
    else draw();
  };
  stdout.write("\u001b[?1049h\u001b[?25l");
  stdin.setRawMode(true).setEncoding("utf8").on("data", onKeys).resume();
  process.stdout.on("resize", draw);
  for (const signal of endSignals) process.once(signal, quit);
  try {
    for (let readings = 1; readings <= count && !view.isOver; readings++) {
      const now = await read();
      rows = topRows(before, now);
      before = now;
      draw();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, interval * 1000);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (view.isOver) wake();
      });
    }
  } catch (error) {
    if (!view.isOver) throw error;
  } finally {
    process.stdout.off("resize", draw);
    for (const signal of endSignals) process.off(signal, quit);
    stdin.off("data", onKeys).pause().setRawMode(false);
    stdout.write("\u001b[?25h\u001b[?1049l");
  }
}
