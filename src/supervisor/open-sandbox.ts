import type { Logger } from "../log.js";
import { Sandbox } from "../sandbox/index.js";
import type { ModuleManagerOptions } from "./manager-options.js";

/**
 * What modules are started in by the options of a manager, once it is sure that they get to their sockets.
 * @throws SANDBOX_NEEDS_USER, SANDBOX_PATH_BLOCKED; it is closed then
 */
export async function openSandbox(
  { openSandbox: open }: ModuleManagerOptions,
  socketDir: string,
  log: Logger,
): Promise<Sandbox> {
  const sandbox = (await open?.()) ?? (await Sandbox.open({ log }, { mode: "off" }));
  try {
    await sandbox.requireReach(socketDir);
    return sandbox;
  } catch (error) {
    await sandbox.close();
    throw error;
  }
}
