import { type Command, Option } from "commander";
import type { GraphFormat } from "../streams/index.js";
import { type Output, print, printJson } from "./output.js";
import { requireStream } from "./stream-files.js";

/** `streams graph`: draws a stream as text for mermaid or graphviz; needs no host. */
export function addStreamsGraphCommand(streams: Command, output: Output): void {
  streams
    .command("graph")
    .description("draw a stream from its source to its sinks; no host is needed")
    .argument("<file>", "the file of a stream")
    .addOption(
      new Option("--format <language>", "language of the drawing")
        .choices(["mermaid", "dot"])
        .default("mermaid"),
    )
    .option("--json", "print one JSON object with the drawing as text")
    .addHelpText(
      "after",
      `
Examples:
  blvm-streams streams graph large-fee.yaml
  blvm-streams streams graph large-fee.yaml --format dot | dot -Tsvg > large-fee.svg`,
    )
    .action((file: string, options: { readonly format: GraphFormat; readonly json?: boolean }) =>
      draw(file, options, output),
    );
}

async function draw(
  file: string,
  { format, json = false }: { readonly format: GraphFormat; readonly json?: boolean },
  output: Output,
): Promise<void> {
  const { streamGraph } = await import("../streams/index.js");
  const stream = await requireStream(file);
  const drawing = streamGraph(stream, format);
  if (json) await printJson(output, { name: stream.name, format, drawing });
  else await print(output, drawing);
}
