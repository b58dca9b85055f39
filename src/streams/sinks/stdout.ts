import { z } from "zod";
import { errorMessage } from "../../errors.js";
import { streamErrors } from "../errors.js";
import { defineSink, type SinkLoss, type SinkPorts } from "../sink.js";
import type { StreamItem } from "../stream-item.js";
import { itemJson } from "./item-json.js";
import { eventTypeOf, type ItemText, prepareTemplate } from "./item-template.js";
import { oneLine } from "./one-line.js";

const MOST_AT_ONCE = 256;
/** Text of one write, unless a single item is longer. */
const CHUNK_CHARS = 64 * 1024;

/** Writes each item as a line to the standard output. */
export const stdoutSink = defineSink({
  kind: "stdout",
  docs: {
    summary:
      "Writes each item as one line to the standard output: as JSON (`ndjson`), for people (`pretty`), or as the text of " +
      "a `template` with {type}, {name}, {seq} and {expressions} in it.",
    ordering: "Lines are written in the order of the items.",
    memory:
      "Up to 256 items of its buffer are on their way to the reader; the next follow when the reader took them.",
    onComplete: "Writes what its buffer holds.",
    onError:
      "An expression that fails costs its item. When the reader went away, this and every later item counts as an error; " +
      "other sinks and streams go on. The commands `up` and `streams run` end in order then, as at a signal.",
    example: "{ id: log, stdout: { format: ndjson } }",
  },
  options: z
    .strictObject({
      format: z.enum(["ndjson", "pretty", "template"]).default("ndjson").meta({
        description:
          "How a line is written: as JSON, as time, type and fields for people, or as the text of `template`.",
      }),
      template: z.string().min(1).max(2000).optional().meta({
        description:
          "Text of a line, with {type}, {name}, {seq} and {expressions}; needed with `format: template`, refused without.",
      }),
    })
    .refine(({ format, template }) => (format === "template") === (template !== undefined), {
      path: ["template"],
      message: "a template with format: template, and only there",
    }),
  prepare({ format, template }, context) {
    const line = template === undefined ? undefined : prepareTemplate(["template"], template, context);
    return {
      open({ ports, streamName }) {
        const output = new LineOutput(ports.stdout);
        const text = lineOf(format, line);
        return {
          write: (item) => output.write(`${text(item, streamName)}\n`),
          batch: { maxItems: MOST_AT_ONCE, write: (items) => writeLines(output, items, text, streamName) },
          close: async () => {},
        };
      },
    };
  },
});

function lineOf(format: "ndjson" | "pretty" | "template", template: ItemText | undefined): ItemText {
  if (template !== undefined) return (item, name) => oneLine(template(item, name));
  return format === "pretty" ? prettyLine : ({ value }) => itemJson(value);
}

/** `2026-01-31T12:00:00.000Z NewBlock #17 block_hash="00…" height=840000` */
function prettyLine(item: StreamItem): string {
  const { value } = item;
  const shown = eventTypeOf(item) !== "data" && hasPayload(value) ? value.payload : value;
  const text =
    typeof shown === "object" && shown !== null && !Array.isArray(shown) && !(shown instanceof Uint8Array)
      ? Object.entries(shown)
          .filter(([, inner]) => inner !== undefined)
          .map(([name, inner]) => `${name}=${itemJson(inner)}`)
          .join(" ")
      : itemJson(shown);
  return oneLine(`${new Date(item.timestampMs).toISOString()} ${eventTypeOf(item)} #${item.seq} ${text}`);
}

function hasPayload(value: unknown): value is { readonly payload: unknown } {
  return typeof value === "object" && value !== null && "payload" in value;
}

async function writeLines(
  output: LineOutput,
  items: readonly StreamItem[],
  text: ItemText,
  streamName: string,
): Promise<SinkLoss | undefined> {
  let failed: SinkLoss | undefined;
  let chunk = "";
  for (const item of items) {
    try {
      chunk += `${text(item, streamName)}\n`;
    } catch (error) {
      failed = { items: (failed?.items ?? 0) + 1, error: failed?.error ?? error };
    }
    if (chunk.length < CHUNK_CHARS) continue;
    await output.write(chunk);
    chunk = "";
  }
  if (chunk !== "") await output.write(chunk);
  return failed;
}

/** Writes text after text, each when the reader took the one before; says at once that a reader has gone. */
class LineOutput {
  readonly #stdout: SinkPorts["stdout"];
  #gone: Error | undefined;

  constructor(stdout: SinkPorts["stdout"]) {
    this.#stdout = stdout;
  }

  /** @throws STDOUT_GONE */
  write(text: string): Promise<void> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    return new Promise((resolve, reject) => {
      this.#stdout.write(text, (error) => {
        if (error === undefined || error === null) return resolve();
        this.#gone ??= streamErrors.STDOUT_GONE({ reason: errorMessage(error) });
        reject(this.#gone);
      });
    });
  }
}
