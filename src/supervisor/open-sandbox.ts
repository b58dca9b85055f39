import type { Logger } from "../log.js";
import { Sandbox } from "../sandbox/index.js";
import type { ModuleManagerOptions } from "./manager-options.js";

/** What modules are started in by the options of a manager. @throws SANDBOX_NEEDS_USER */
export function openSandbox({ openSandbox: open }: ModuleManagerOptions, log: Logger): Promise<Sandbox> {
  return open?.() ?? Sandbox.open({ log }, { mode: "off" });
}
