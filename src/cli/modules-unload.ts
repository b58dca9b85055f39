import type { Command } from "commander";
import { type HostOptions, withHostOptions } from "./host-options.js";
import { type ModuleOperation, runModuleOperation } from "./module-operation.js";
import type { Output } from "./output.js";

const operation: ModuleOperation = { method: "unloadmodule", doing: "unloading", done: "unloaded" };

/** `modules unload`: stops a loaded module. */
export function addModulesUnloadCommand(modules: Command, output: Output): void {
  withHostOptions(modules.command("unload"))
    .description("stop a loaded module; done when its process is gone")
    .argument("<name>", "name of a loaded module")
    .addHelpText(
      "after",
      `
The module is told to stop, and killed when its time is over. Modules that depend on it are stopped before it.

Examples:
  blvm-streams modules unload my-module
  blvm-streams modules unload my-module --data-dir /var/lib/blvm-streams`,
    )
    .action((name: string, options: HostOptions) => runModuleOperation(operation, name, options, output));
}
