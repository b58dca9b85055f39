import type { Command } from "commander";
import { type Output, print } from "./output.js";

/** `streams schema`: prints the JSON Schema of a stream's file. */
export function addStreamsSchemaCommand(streams: Command, output: Output): void {
  streams
    .command("schema")
    .description("print the JSON Schema of a stream's file, for editors; no host is needed")
    .option("--json", "it is JSON in any case")
    .addHelpText(
      "after",
      `
An editor with the YAML language server completes and checks a file that begins with
# yaml-language-server: $schema=./stream.schema.json
Expressions, ids and tests are checked by streams lint.

Examples:
  blvm-streams streams schema > stream.schema.json`,
    )
    .action(async () => {
      const { streamJsonSchema } = await import("../streams/index.js");
      await print(output, `${JSON.stringify(streamJsonSchema(), undefined, 2)}\n`);
    });
}
