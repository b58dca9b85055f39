import { relative, resolve } from "node:path";
import type { Command } from "commander";
import { type Output, print } from "./output.js";

interface BundleOptions {
  readonly out?: string;
}

/** `modules bundle`: makes one self-contained file of a module's source. */
export function addModulesBundleCommand(modules: Command, output: Output): void {
  modules
    .command("bundle")
    .description("make one self-contained file of a module's source; no host is needed")
    .argument("<path>", "folder of the module")
    .option("--out <file>", "file to write (default: what a host runs as the entry point)")
    .addHelpText(
      "after",
      `
The source is src/<name>.ts (or .mts, .js, .mjs; or without src), <name> being that of the entry point. SDK and libraries
are in the file: plain node runs it. An entry point without ending gets .mjs. Types are not checked; \`tsc\` does that.

Examples:
  blvm-streams modules bundle .
  blvm-streams modules bundle my-module --out /tmp/my-module.mjs`,
    )
    .action((path: string, { out }: BundleOptions) => bundle(path, out, output));
}

async function bundle(path: string, outFile: string | undefined, output: Output): Promise<void> {
  const { bundleModule } = await import("../scaffold/index.js");
  const made = await bundleModule({ directory: path, outFile });
  for (const warning of made.warnings) output.stderr.write(`blvm-streams: ${warning}\n`);
  const place = relative(resolve("."), made.outFile);
  await print(
    output,
    `${place}: ${Math.ceil(made.sizeBytes / 1024)} KiB, from ${relative(resolve("."), made.sourceFile)}\n`,
  );
}
