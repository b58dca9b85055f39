import type { Command } from "commander";
import { type Config, loadConfig } from "../config.js";
import { errorMessage } from "../errors.js";
import { type HostOptions, withHostOptions } from "./host-options.js";
import type { Output } from "./output.js";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** `up`: runs the host in this process until a signal stops it. */
export function addUpCommand(program: Command, output: Output): void {
  withHostOptions(program.command("up"))
    .description(
      "run the host until Ctrl-C; without a configuration a regtest chain lives in it and two modules watch",
    )
    .addHelpText(
      "after",
      `
Ctrl-C (SIGINT, SIGTERM or SIGHUP) stops modules and host in order, a second one stops everything at once.

Examples:
  blvm-streams up
  blvm-streams up --config node.toml
  BLVM_STREAMS_HTTP_PORT=0 blvm-streams up --data-dir /var/lib/blvm-streams`,
    )
    .action(async ({ config: file, dataDir }: HostOptions) => {
      await runHost(await loadConfig({ file, dataDir, env: process.env }), output);
    });
}

/** The host logs what happens; it keeps the process alive until it is closed. */
async function runHost(config: Config, output: Output): Promise<void> {
  // Loaded here, so that no other command pays for the whole engine.
  const { createHost } = await import("../host.js");
  const host = createHost(config);
  let isStopping = false;
  const stop = () => {
    if (isStopping) {
      host.kill();
      process.exit(1);
    }
    isStopping = true;
    host.close("signal").then(
      () => process.exit(),
      (error: unknown) => {
        output.stderr.write(`blvm-streams: the host did not stop cleanly: ${errorMessage(error)}\n`);
        process.exit(1);
      },
    );
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    await host.start();
  } catch (error) {
    await host.close();
    throw error;
  }
}
