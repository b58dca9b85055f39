import type { Command } from "commander";
import type { TapItem } from "../control/index.js";
import type { JsonEvent } from "../events/index.js";
import { parseCount } from "./count-option.js";
import { cliErrors } from "./errors.js";
import { connectHost, type HostOptions, withHostOptions } from "./host-options.js";
import { type Output, print, printJson } from "./output.js";
import { printable } from "./table.js";

interface TapOptions extends HostOptions {
  readonly stream?: string;
  readonly step?: string;
  readonly json?: boolean;
  readonly count?: number;
}

/** `tap`: prints events as they happen. */
export function addTapCommand(program: Command, output: Output): void {
  withHostOptions(program.command("tap"))
    .description("print events as they happen, one on a line")
    .argument("[types...]", "event types (default: all)")
    .option("--stream <name>", "show what passes a step of this stream, one JSON value on a line")
    .option("--step <id>", "the step or sink, with --stream")
    .option("--json", "print each event as its JSON envelope; with --stream, seq and time as well")
    .option("--count <n>", "stop after n events", parseCount)
    .addHelpText(
      "after",
      `
A reader that is too slow loses the newest events; a line on stderr says how many and where.

Examples:
  blvm-streams tap
  blvm-streams tap NewBlock ChainReorg
  blvm-streams tap --stream large-fees --step big
  blvm-streams tap --json --count 1 NewBlock | jq .payload.height`,
    )
    .action((types: string[], options: TapOptions) => tap(types, options, output));
}

async function tap(types: readonly string[], options: TapOptions, output: Output): Promise<void> {
  const { stream, step } = options;
  if ((stream === undefined) !== (step === undefined) || (stream !== undefined && types.length > 0))
    throw cliErrors.CLI_TAP_UNCLEAR({
      found: [stream && "--stream", step && "--step", ...types].filter(Boolean).join(" "),
    });
  using client = await connectHost(options);
  let received = 0;
  const tapped = stream !== undefined && step !== undefined ? { stream, step } : undefined;
  for await (const item of client.tap(types, tapped)) {
    if (item.kind === "dropped") {
      output.stderr.write(dropNote(item));
      continue;
    }
    if (item.kind === "item") {
      const { kind: _, ...whole } = item;
      await (options.json ? printJson(output, whole) : print(output, `${JSON.stringify(item.value)}\n`));
    } else await (options.json ? printJson(output, item.event) : print(output, eventLine(item.event)));
    received++;
    if (received === options.count) return;
  }
  if (options.count !== undefined) throw cliErrors.CLI_TAP_ENDED({ received, wanted: options.count });
}

function dropNote({ count, from_seq, to_seq }: Extract<TapItem, { kind: "dropped" }>): string {
  return `blvm-streams: ${count} events dropped here (seq ${from_seq} to ${to_seq}): this reader was too slow\n`;
}

function eventLine({ seq, type, payload, timestamp_ms, source }: JsonEvent): string {
  const time = new Date(timestamp_ms).toISOString().slice(11, 23);
  const fields = Object.entries(payload).map(([name, value]) => `${name}=${fieldText(value)}`);
  return `${printable([`#${seq}`, time, type, source, ...fields].join(" "))}\n`;
}

function fieldText(value: unknown): string {
  return typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
