import { rmSync } from "node:fs";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import type { Output } from "./output.js";

interface RunOptions {
  readonly watch?: boolean;
  readonly config?: string;
}

/** `modules run`: runs one module in a host of its own. */
export function addModulesRunCommand(modules: Command, output: Output): void {
  modules
    .command("run")
    .description("run a module in a host of its own, on real blocks; nothing of it stays")
    .argument("<path>", "folder of the module")
    .option("--watch", "bundle and reload it whenever its files change")
    .option("--config <file>", "configuration of the host, for its chain and for [modules.<name>]")
    .addHelpText(
      "after",
      `
Sources (src/<entry point>.ts) are bundled first, and [binary] and [signatures] don't count then; a module without sources
runs where it lies. It runs without a sandbox, as whoever runs this command. Its own folder is never written to. Shows all
that the module says, warnings of the host, and once a second what was delivered. Ctrl-C ends it, a second one at once.

Examples:
  blvm-streams modules run . --watch
  blvm-streams modules run my-module --config node.toml`,
    )
    .action((path: string, options: RunOptions) => run(path, options, output));
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

async function run(path: string, { watch = false, config }: RunOptions, output: Output): Promise<void> {
  const { AuthorRun } = await import("./author-run.js");
  const folder = await realpath(await mkdtemp(join(tmpdir(), "blvm-run-")));
  const author = new AuthorRun({ path, folder, configFile: config, isWatching: watch }, output);
  let closing: Promise<void> | undefined;
  let onStopped = () => {};
  const stopped = new Promise<void>((resolve) => {
    onStopped = resolve;
  });
  const stop = () => {
    if (closing !== undefined) {
      author.kill();
      rmSync(folder, { recursive: true, force: true });
      process.exit(1);
    }
    closing = author.close();
    onStopped();
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    await author.start();
    await stopped;
  } catch (error) {
    // A stop in the middle of the start ends the start.
    if (closing === undefined) throw error;
  } finally {
    await (closing ?? author.close());
    for (const signal of signals) process.off(signal, stop);
    await rm(folder, { recursive: true, force: true });
  }
}
