import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Command } from "commander";
import { errorMessage } from "../errors.js";
import type { AnyTable, DrawnRow } from "../testing/index.js";
import { parseCount } from "./count-option.js";
import { cliErrors } from "./errors.js";
import { type Output, print, printJson } from "./output.js";
import { textFor } from "./terminal-text.js";

interface MarblesOptions {
  readonly svg?: string;
  readonly width?: number;
  readonly filter?: string;
  readonly json?: boolean;
}

interface DrawnTable {
  readonly file: string;
  readonly title: string;
  readonly rows: readonly DrawnRow[];
}

const TABLE_FILE = /\.marbles\.(?:ts|mts|js|mjs)$/;
const DEFAULT_FOLDER = "marbles";

/** `marbles`: runs tables of marbles and draws what the runs recorded; needs no host. */
export function addMarblesCommand(program: Command, output: Output): void {
  program
    .command("marbles")
    .description("run tables of marbles and draw what they recorded; no host is needed")
    .argument(
      "[paths...]",
      `*.marbles.ts, .js or .mjs files, or folders of them (default: ./${DEFAULT_FOLDER})`,
    )
    .option("--svg <dir>", "also write one SVG for each table into this folder")
    .option("--width <n>", "cut drawings to so many columns (default: those of the terminal)", parseCount)
    .option("--filter <text>", "only rows whose name, or table's title, holds this text")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
A file's default export is what marbleTable, pipelineTable or stepTable of blvm-streams/testing made. The rows run on the
real engine in virtual time, and their code runs in this process: draw only tables that you trust. Exits with 1 when a row
fails, with what differs.

Examples:
  blvm-streams marbles
  blvm-streams marbles test/slow-module.marbles.ts --svg drawings
  blvm-streams marbles marbles/ --filter gap`,
    )
    .action((paths: readonly string[], options: MarblesOptions) => drawMarbleTables(paths, options, output));
}

async function drawMarbleTables(
  paths: readonly string[],
  { svg, width, filter = "", json = false }: MarblesOptions,
  output: Output,
): Promise<void> {
  const tables: DrawnTable[] = [];
  for (const file of await findTables(paths.length === 0 ? [DEFAULT_FOLDER] : paths)) {
    const table = await drawFile(file, filter);
    if (table.rows.length === 0) continue;
    tables.push(table);
    if (!json) await print(output, tableText(table, width ?? output.columns, output));
  }
  // Nothing that was run is nothing that was proven.
  if (tables.length === 0)
    throw cliErrors.NO_MARBLES({
      path: paths.join(", ") || DEFAULT_FOLDER,
      found: `no row that holds "${filter}"`,
    });
  if (svg !== undefined) await writeSvgs(svg, tables);
  const rows = tables.flatMap((table) => table.rows);
  const failed = rows.filter(({ isPassed }) => !isPassed).length;
  if (json) await printJson(output, { ok: failed === 0, rows: rows.length, failed, tables });
  else await print(output, `${rows.length - failed} of ${rows.length} rows passed\n`);
  if (failed > 0) throw cliErrors.MARBLES_FAILED({ failed, rows: rows.length });
}

/** @throws NO_MARBLES */
async function findTables(paths: readonly string[]): Promise<readonly string[]> {
  const files = new Set<string>();
  for (const path of paths) {
    const stats = await stat(path).catch((error: unknown) => {
      throw cliErrors.NO_MARBLES({ path, found: errorMessage(error) }, { cause: error });
    });
    if (!stats.isDirectory()) {
      files.add(path);
      continue;
    }
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const found = entries.filter((entry) => entry.isFile() && TABLE_FILE.test(entry.name));
    if (found.length === 0) throw cliErrors.NO_MARBLES({ path, found: "no table in this folder" });
    for (const file of found.map((entry) => join(entry.parentPath, entry.name)).sort()) files.add(file);
  }
  return [...files];
}

async function drawFile(file: string, filter: string): Promise<DrawnTable> {
  // Loaded here, so that no other command pays for them.
  const [{ loadScript }, { drawTable }] = await Promise.all([
    import("../scaffold/index.js"),
    import("../testing/index.js"),
  ]);
  const { default: table } = await loadScript(file);
  if (!isTable(table)) throw cliErrors.NO_MARBLES({ path: file, found: "a default export that is no table" });
  if (table.rows.length === 0) throw cliErrors.NO_MARBLES({ path: file, found: "a table without rows" });
  const isWhole = table.title.includes(filter);
  return { file, title: table.title, rows: drawTable(table, (name) => isWhole || name.includes(filter)) };
}

function isTable(value: unknown): value is AnyTable {
  return (
    typeof value === "object" &&
    value !== null &&
    "title" in value &&
    typeof value.title === "string" &&
    "rows" in value &&
    Array.isArray(value.rows)
  );
}

async function writeSvgs(folder: string, tables: readonly DrawnTable[]): Promise<void> {
  const { drawSvg } = await import("../testing/index.js");
  const names = new Map<string, number>();
  try {
    await mkdir(folder, { recursive: true });
    for (const { file, title, rows } of tables) {
      const name = basename(file).replace(TABLE_FILE, "");
      const seen = names.get(name) ?? 0;
      names.set(name, seen + 1);
      // Tables of one name lie in folders of their own; here they lie side by side.
      await writeFile(join(folder, `${name}${seen === 0 ? "" : `-${seen + 1}`}.svg`), drawSvg(title, rows));
    }
  } catch (cause) {
    throw cliErrors.CLI_EXPORT_FAILED({ file: folder, reason: errorMessage(cause) }, { cause });
  }
}

const RED = 31;
const YELLOW = 33;

function tableText({ title, rows }: DrawnTable, width: number | undefined, output: Output): string {
  const isColoured = output.columns !== undefined && process.env.NO_COLOR === undefined;
  const paint = (text: string, colour: number) => (isColoured ? `\u001b[${colour}m${text}\u001b[0m` : text);
  const shown = (text: string) => {
    const safe = textFor(output.stdout, text);
    return width !== undefined && safe.length > width ? `${safe.slice(0, Math.max(1, width - 1))}…` : safe;
  };
  const lines = [paint(shown(title), 1), ""];
  for (const { name, isPassed, drawing, problem } of rows) {
    lines.push(isPassed ? shown(name) : paint(shown(`FAIL ${name}`), RED));
    for (const line of drawing.split("\n")) lines.push(`  ${painted(shown(line), paint)}`);
    if (problem !== undefined && drawing === "")
      lines.push(...problem.split("\n").map((line) => `  ${shown(line)}`));
    lines.push("");
  }
  return `${lines.join("\n")}\n`;
}

/** Losses are red, what tells of them yellow. */
function painted(line: string, paint: (text: string, colour: number) => string): string {
  if (/^ *(?:dropped|failed) {2}/.test(line)) return paint(line, RED);
  if (/^ *gaps {2}/.test(line)) return paint(line, YELLOW);
  return / receives {2}/.test(line)
    ? line.replace(/(?<= receives {2}.*)\d/g, (gap) => paint(gap, YELLOW))
    : line;
}
