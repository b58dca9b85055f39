import type { Command } from "commander";
import { type HostOptions, withHostOptions } from "./host-options.js";
import { type ModuleOperation, runModuleOperation } from "./module-operation.js";
import type { Output } from "./output.js";

const operation: ModuleOperation = { method: "loadmodule", doing: "loading", done: "loaded" };

/** `modules load`: starts an installed module. */
export function addModulesLoadCommand(modules: Command, output: Output): void {
  withHostOptions(modules.command("load"))
    .description("load an installed module; done when it runs and has subscribed")
    .argument("<name>", "name of an installed module that is not loaded")
    .addHelpText(
      "after",
      `
The module's files are verified as at the start of the host. When it doesn't start, the reason is printed.

Examples:
  blvm-streams modules load my-module
  blvm-streams modules load my-module --data-dir /var/lib/blvm-streams`,
    )
    .action((name: string, options: HostOptions) => runModuleOperation(operation, name, options, output));
}
