import type { Command } from "commander";
import { loadConfig } from "../config.js";
import { type ControlClient, connectControl } from "../control/index.js";

/** The flags by which every command finds its host. */
export interface HostOptions {
  readonly config?: string;
  readonly dataDir?: string;
}

export function withHostOptions(command: Command): Command {
  return command
    .option("--config <file>", "configuration file (default: ./blvm-streams.toml when it exists)")
    .option("--data-dir <dir>", "data directory of the host (default: the configuration's)");
}

/**
 * Connects to the running host that flags, environment and configuration file name; the caller closes it.
 * @throws HOST_NOT_RUNNING, and what `loadConfig` throws
 */
export async function connectHost({ config: file, dataDir }: HostOptions): Promise<ControlClient> {
  const config = await loadConfig({ file, dataDir, env: process.env });
  return connectControl(config.modules.data_dir);
}
