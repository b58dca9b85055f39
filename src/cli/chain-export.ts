import { existsSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import type { Command } from "commander";
import { monotonicScheduler } from "../clock.js";
import { loadConfig } from "../config.js";
import { errorMessage } from "../errors.js";
import { cliErrors } from "./errors.js";
import { type HostOptions, withHostOptions } from "./host-options.js";
import { type Output, print } from "./output.js";

const PROGRESS_MS = 2_000;
/** Lines that go to a file together. */
const CHUNK_CHARS = 1_000_000;

interface ExportOptions extends HostOptions {
  readonly raw?: boolean;
  readonly requests?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

/** What takes the lines of an export. */
interface Sink {
  write(text: string): Promise<void>;
}

/** `chain export`: writes the kept devnet chain as lines for another node. */
export function addChainExportCommand(chain: Command, output: Output): void {
  withHostOptions(chain.command("export"))
    .description("write the blocks of the devnet's chain, as lines that submitblock of Bitcoin Core takes")
    .option("--raw", "one block in hex a line (the default)")
    .option("--requests", "one JSON-RPC request a line, what an operator did to the chain among them")
    .option("--out <file>", "write to this file, which appears once it is whole (default: stdout)")
    .option("--json", "print a summary as one JSON object: to stdout with --out, else to stderr")
    .addHelpText(
      "after",
      `
It reads the data directory: no host is needed, and one may be running. Blocks come in the order in which the chain took
them, parents before children and branches that lost among them, so that submitted one after another to a node on regtest
they make the same chain and the same reorganisations there.

Examples:
  blvm-streams chain export --raw --out chain.hex
  blvm-streams chain export --raw | while read -r block; do echo "$block" | bitcoin-cli -regtest -stdin submitblock; done`,
    )
    .action((options: ExportOptions) => exportChain(options, output));
}

async function exportChain(
  { config: file, dataDir, requests = false, out, json = false }: ExportOptions,
  output: Output,
): Promise<void> {
  const config = await loadConfig({ file, dataDir, env: process.env });
  // Loaded here, so that no other command pays for the chain.
  const { devnetStorePath, exportBlocks, readDevnetStore, refusedBlocks } = await import("../chain/index.js");
  const path = devnetStorePath(config.modules.data_dir);
  if (!existsSync(path)) throw cliErrors.NO_KEPT_CHAIN({ path });
  const refused = refusedBlocks(readDevnetStore(path));
  const lines = exportBlocks(readDevnetStore(path), requests ? "rpc" : "raw", refused);
  const written =
    out === undefined
      ? await writeLines(lines, { write: (text) => print(output, text) }, output)
      : await writeFile(out, lines, output);
  if (!json) return;
  const summary = `${JSON.stringify({ ...written, ...(out === undefined ? {} : { file: out }) })}\n`;
  if (out === undefined) output.stderr.write(summary);
  else await print(output, summary);
}

async function writeLines(lines: Iterable<string>, sink: Sink, output: Output) {
  const written = { lines: 0, bytes: 0 };
  let toldMs = monotonicScheduler.now();
  let chunk = "";
  for (const line of lines) {
    chunk += `${line}\n`;
    written.lines += 1;
    written.bytes += line.length + 1;
    if (chunk.length >= CHUNK_CHARS) {
      await sink.write(chunk);
      chunk = "";
    }
    if (monotonicScheduler.now() - toldMs < PROGRESS_MS) continue;
    toldMs = monotonicScheduler.now();
    output.stderr.write(`blvm-streams: ${written.lines} lines are written\n`);
  }
  if (chunk !== "") await sink.write(chunk);
  return written;
}

/** A reader sees the old file or the whole new one. @throws CLI_EXPORT_FAILED, and what reading the chain throws */
async function writeFile(path: string, lines: Iterable<string>, output: Output) {
  const temporary = `${path}.${process.pid}.tmp`;
  const failed = (error: unknown) =>
    cliErrors.CLI_EXPORT_FAILED({ file: path, reason: errorMessage(error) }, { cause: error });
  try {
    await using handle = await open(temporary, "w").catch((error: unknown) => {
      throw failed(error);
    });
    const write = async (text: string) => {
      await handle.writeFile(text).catch((error: unknown) => {
        throw failed(error);
      });
    };
    const written = await writeLines(lines, { write }, output);
    await handle.sync();
    await rename(temporary, path).catch((error: unknown) => {
      throw failed(error);
    });
    return written;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
