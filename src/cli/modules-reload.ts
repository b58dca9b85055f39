import type { Command } from "commander";
import { type HostOptions, withHostOptions } from "./host-options.js";
import { type ModuleOperation, runModuleOperation } from "./module-operation.js";
import type { Output } from "./output.js";

const operation: ModuleOperation = { method: "reloadmodule", doing: "reloading", done: "reloaded" };

/** `modules reload`: replaces a running module by its files as they are now. */
export function addModulesReloadCommand(modules: Command, output: Output): void {
  withHostOptions(modules.command("reload"))
    .description("stop a loaded module and start it from its files as they are now")
    .argument("<name>", "name of a loaded module")
    .addHelpText(
      "after",
      `
What is published meanwhile waits for the new one. When that doesn't start, the reason is printed.

Examples:
  blvm-streams modules reload my-module
  blvm-streams modules reload my-module --data-dir /var/lib/blvm-streams`,
    )
    .action((name: string, options: HostOptions) => runModuleOperation(operation, name, options, output));
}
