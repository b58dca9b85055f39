import type { Command } from "commander";
import { connectHost, type HostOptions, withHostOptions } from "./host-options.js";
import { type Figures, figuresAnswer, shareText, timeText } from "./module-figures.js";
import { type Output, print, printJson } from "./output.js";
import { type Column, renderTable } from "./table.js";

interface ReportOptions extends HostOptions {
  readonly json?: boolean;
}

/** `report`: names the module that loses events, and the event type whose handler takes the time. */
export function addReportCommand(program: Command, output: Output): void {
  withHostOptions(program.command("report"))
    .description("name the module that loses events and the event type whose handler takes its time")
    .option("--json", "print one JSON object, times in milliseconds")
    .addHelpText(
      "after",
      `
Modules are listed with the greatest share of lost events first, then by their longest stall: the longest time that a
module acknowledged nothing although it had something to. Handler times are those that modules tell.

Examples:
  blvm-streams report
  blvm-streams report --json | jq -r .culprit.module`,
    )
    .action((options: ReportOptions) => report(options, output));
}

async function report(options: ReportOptions, output: Output): Promise<void> {
  using client = await connectHost(options);
  const { modules } = figuresAnswer.parse(await client.call("modulefigures", {}));
  const judged = modules.filter(({ delivery }) => delivery !== null).sort(byBlame);
  const culprit = culpritOf(judged);
  if (options.json === true) {
    await printJson(output, { culprit: culprit ?? null, modules: judged.map(jsonOf) });
    return;
  }
  await print(output, `${culprit?.text ?? "No module has lost an event to a full channel."}\n`);
  if (judged.length > 0) await print(output, `\n${modulesTable(judged, output)}`);
  for (const module of judged) {
    if (Object.keys(module.delivery?.by_type ?? {}).length > 0)
      await print(output, `\n${typesTable(module, output)}`);
  }
}

interface Culprit {
  readonly module: string;
  /** The type whose handler took the most time, if the module told of any. */
  readonly event_type?: string;
  readonly dropped: number;
  readonly text: string;
}

function lossShare({ delivery }: Figures): number {
  return delivery === null || delivery.matched === 0 ? 0 : delivery.dropped_full / delivery.matched;
}

function byBlame(a: Figures, b: Figures): number {
  return lossShare(b) - lossShare(a) || b.longest_stall_ms - a.longest_stall_ms || (a.name < b.name ? -1 : 1);
}

/** The module that lost the greatest share; none while nobody lost anything. */
function culpritOf(judged: readonly Figures[]): Culprit | undefined {
  const [worst] = judged;
  if (worst?.delivery == null || worst.delivery.dropped_full === 0) return undefined;
  const { name, delivery, longest_stall_ms, queue } = worst;
  const [busiest] = Object.entries(worst.handlers).sort(([, a], [, b]) => b.total_ms - a.total_ms);
  const { dropped_full, matched } = delivery;
  const sentences = [
    `${name} is the culprit: it lost ${dropped_full} of ${matched} events (${shareText(dropped_full, matched)}) to its full channel${queue?.is_slow === true ? " and is behind now" : ""}.`,
  ];
  if (busiest !== undefined) {
    const [type, { count, total_ms, longest_ms }] = busiest;
    sentences.push(
      `Most time goes into its handler of ${type}: ${timeText(total_ms / count)} on average, ${timeText(longest_ms)} at most.`,
    );
  } else
    sentences.push("It tells no handler times: it does not acknowledge, or is stuck in its first event.");
  sentences.push(`Its longest stall was ${timeText(longest_stall_ms)}.`);
  return {
    module: name,
    ...(busiest !== undefined && { event_type: busiest[0] }),
    dropped: dropped_full,
    text: sentences.join(" "),
  };
}

function handlerMeanMs({ handlers }: Figures): number | undefined {
  const all = Object.values(handlers);
  const count = all.reduce((sum, each) => sum + each.count, 0);
  return count === 0 ? undefined : all.reduce((sum, each) => sum + each.total_ms, 0) / count;
}

const right = (title: string): Column => ({ title, align: "right" });

function modulesTable(modules: readonly Figures[], output: Output): string {
  const titles = ["MATCHED", "LOST", "SHARE", "EPISODES", "STALL", "HANDLER", "WAITING"];
  const rows = modules.map((module) => {
    const { name, delivery, slow_episodes, longest_stall_ms } = module;
    const mean = handlerMeanMs(module);
    return [
      name,
      String(delivery?.matched ?? 0),
      String(delivery?.dropped_full ?? 0),
      shareText(delivery?.dropped_full ?? 0, delivery?.matched ?? 0),
      String(slow_episodes),
      timeText(longest_stall_ms),
      mean === undefined ? "-" : timeText(mean),
      String(delivery?.waiting ?? 0),
    ];
  });
  return renderTable([{ title: "MODULE" }, ...titles.map(right)], rows, output.columns);
}

function typesTable({ name, delivery, handlers }: Figures, output: Output): string {
  const types = Object.entries(delivery?.by_type ?? {});
  const rows = types
    .sort(([a, x], [b, y]) => y.dropped_full - x.dropped_full || (a < b ? -1 : 1))
    .map(([type, { matched, dropped_full }]) => {
      const handler = handlers[type];
      return [
        type,
        String(matched),
        String(dropped_full),
        shareText(dropped_full, matched),
        handler === undefined ? "-" : timeText(handler.total_ms / handler.count),
        handler === undefined ? "-" : timeText(handler.longest_ms),
      ];
    });
  const titles = ["MATCHED", "LOST", "SHARE", "HANDLER", "LONGEST"];
  return renderTable([{ title: `${name}: EVENT` }, ...titles.map(right)], rows, output.columns);
}

function jsonOf(module: Figures) {
  const { name, delivery, handlers, longest_stall_ms, slow_episodes, queue } = module;
  return {
    module: name,
    matched: delivery?.matched ?? 0,
    dropped: delivery?.dropped_full ?? 0,
    drop_share: lossShare(module),
    slow_episodes,
    is_slow: queue?.is_slow ?? false,
    longest_stall_ms,
    by_type: Object.fromEntries(
      Object.entries(delivery?.by_type ?? {}).map(([type, { matched, dropped_full }]) => [
        type,
        { matched, dropped: dropped_full, handler: handlers[type] ?? null },
      ]),
    ),
  };
}
