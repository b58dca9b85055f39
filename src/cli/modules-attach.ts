import type { Command } from "commander";
import { z } from "zod";
import { connectHost, type HostOptions, withHostOptions } from "./host-options.js";
import { type Output, print, printJson } from "./output.js";

const attachment = z.looseObject({ env: z.record(z.string(), z.string()), token: z.string() });

interface AttachOptions extends HostOptions {
  readonly json?: boolean;
}

/** `modules attach`: opens a door for a module that is started by hand. */
export function addModulesAttachCommand(modules: Command, output: Output): void {
  withHostOptions(modules.command("attach"))
    .description("open a door for an installed module that you start yourself, in a debugger or a container")
    .argument("<name>", "name of an installed module that is not loaded")
    .option("--json", "print { env, token } as JSON")
    .addHelpText(
      "after",
      `
Prints the environment for the process, with the token that lets it in once. The door is open for a minute.
Whoever has the token becomes the module: don't put it where others read it.

Examples:
  eval "$(blvm-streams modules attach my-module)" && node --inspect-brk my-module/main.js
  blvm-streams modules attach my-module --json`,
    )
    .action((name: string, options: AttachOptions) => attach(name, options, output));
}

async function attach(name: string, options: AttachOptions, output: Output): Promise<void> {
  using client = await connectHost(options);
  const answer = await client.call("attachmodule", { name });
  if (options.json) {
    await printJson(output, answer);
    return;
  }
  const { env, token } = attachment.parse(answer);
  const lines = Object.entries({ ...env, BLVM_IPC_TOKEN: token }).map(
    ([variable, value]) => `export ${variable}=${shellQuoted(value)}\n`,
  );
  await print(output, lines.join(""));
}

function shellQuoted(text: string): string {
  return /^[A-Za-z0-9_./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
