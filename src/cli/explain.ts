import type { Command } from "commander";
import { z } from "zod";
import { parseCount } from "./count-option.js";
import { connectHost, type HostOptions, withHostOptions } from "./host-options.js";
import { type Output, print, printJson } from "./output.js";

const explanation = z.looseObject({
  module: z.string(),
  seq: z.number(),
  fate: z.string(),
  text: z.string(),
  event_type: z.string().optional(),
  published_ms: z.number().optional(),
});

interface ExplainOptions extends HostOptions {
  readonly event: number;
  readonly module: string;
  readonly json?: boolean;
}

/** `explain`: says where one event went, seen from one module. */
export function addExplainCommand(program: Command, output: Output): void {
  withHostOptions(program.command("explain"))
    .description("say why a module did not get an event, or when it did")
    .requiredOption("--event <seq>", "the event's sequence number, as tap prints it", parseCount)
    .requiredOption("--module <name>", "name of an installed module")
    .option("--json", "print one JSON object, times in milliseconds since 1970")
    .addHelpText(
      "after",
      `
The answer is one of: delivered, in_flight, waiting, dropped, filtered, failed, refused, not_subscribed, not_addressed
(the event was for another module alone), not_published, forgotten. The host keeps the types of the last 131,072 events,
and for each module its last 4,096 runs of losses and its last 4,096 acknowledgements; what is older is forgotten.

Examples:
  blvm-streams explain --event 4711 --module block-watcher
  blvm-streams explain --event 4711 --module block-watcher --json | jq -r .fate`,
    )
    .action((options: ExplainOptions) => explain(options, output));
}

async function explain(options: ExplainOptions, output: Output): Promise<void> {
  const { event, module, json } = options;
  using client = await connectHost(options);
  const answer = await client.call("explain", { event, module });
  if (json === true) {
    await printJson(output, answer);
    return;
  }
  const { seq, event_type, published_ms, fate, text } = explanation.parse(answer);
  const published = published_ms === undefined ? "" : `, published ${new Date(published_ms).toISOString()}`;
  await print(output, `event ${seq}${event_type === undefined ? "" : ` ${event_type}`}${published}\n`);
  await print(output, `${module}: ${fate}\n${text}\n`);
}
