import { z } from "zod";
import type { Expression } from "../../expressions/index.js";
import { streamErrors } from "../errors.js";
import { defineSink } from "../sink.js";
import type { StreamItem } from "../stream-item.js";
import { itemJson } from "./item-json.js";

const MAX_LABELS = 5;
const metricName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,59}$/, "a name of a-z, 0-9 and _, up to 60 characters");
const labelName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,29}$/, "a label of a-z, 0-9 and _, up to 30 characters")
  .refine((name) => name !== "stream" && name !== "le", "a label other than stream and le, which are taken");
const source = z.string().min(1);

/** Counts, shows or observes a number of each item at /metrics. */
export const metricSink = defineSink({
  kind: "metric",
  docs: {
    summary:
      "Shows numbers of its items at /metrics: `blvm_stream_NAME` with the label `stream`. A counter adds the value (1 " +
      "where it has none), a gauge shows the newest, a histogram sorts it into its buckets.",
    ordering: "Each item is recorded before the stream goes on.",
    memory:
      "One number (or histogram) per combination of label values, `max_series` of them and one more: what comes beyond " +
      "has the value `other` in each label. Label values are cut after 128 characters.",
    onComplete: "A gauge leaves /metrics; counters and histograms keep their numbers.",
    onError:
      "An expression that fails, a value that is no finite number, or a counter's that is negative: the item counts as " +
      "an error and changes nothing.",
    example: "{ id: n, metric: { name: large_fee, type: counter } }",
  },
  options: z
    .strictObject({
      name: metricName.meta({
        description: "Name at /metrics, without its beginning `blvm_stream_` and a counter's `_total`.",
      }),
      type: z.enum(["counter", "gauge", "histogram"]).meta({
        description: "Whether values are added up, the newest is shown, or they are sorted into buckets.",
      }),
      help: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .meta({ description: "What the number says, for the one who reads /metrics." }),
      value: source
        .optional()
        .meta({ description: "Expression of a number; needed but for a counter, which adds 1 without it." }),
      labels: z
        .record(labelName, source)
        .default({})
        .meta({ description: "Labels by name, each with the expression of its value." }),
      max_series: z
        .int()
        .min(1)
        .max(1000)
        .default(100)
        .meta({ unit: "series", description: "Combinations of label values that are kept apart." }),
      buckets: z.array(z.number()).min(1).max(50).optional().meta({
        description:
          "Upper bounds of a histogram, ascending; what is greater falls into `+Inf`. With `type: histogram` only.",
      }),
    })
    .refine(({ labels }) => Object.keys(labels).length <= MAX_LABELS, {
      path: ["labels"],
      message: `at most ${MAX_LABELS} labels`,
    })
    .refine(({ type, value }) => type === "counter" || value !== undefined, {
      path: ["value"],
      message: "a value for a gauge or a histogram",
    })
    .refine(({ type, buckets }) => type === "histogram" || buckets === undefined, {
      path: ["buckets"],
      message: "buckets for a histogram only",
    })
    .refine(
      ({ buckets = [] }) => buckets.every((bound, n) => n === 0 || bound > (buckets[n - 1] as number)),
      {
        path: ["buckets"],
        message: "bounds that ascend",
      },
    ),
  prepare(options, context) {
    const value =
      options.value === undefined ? undefined : context.expression(["value"], options.value, "number");
    const labels = Object.entries(options.labels).map(
      ([name, text]) => [name, context.expression(["labels", name], text, "any")] as const,
    );
    const { type, name } = options;
    return {
      open({ streamName, id, ports, log }) {
        const metric = ports.metrics?.open({
          stream: streamName,
          name,
          type,
          help: options.help ?? `Numbers of sink ${id} of stream ${streamName}.`,
          labelNames: labels.map(([label]) => label),
          maxSeries: options.max_series,
          ...(options.buckets !== undefined && { buckets: options.buckets }),
        });
        let hasWarned = false;
        return {
          write(item) {
            const number = value === undefined ? 1 : numberOf(value, item, type);
            const values = labels.map(([, expression]) => labelOf(expression, item));
            if (metric === undefined || metric.record(number, values) || hasWarned) return;
            hasWarned = true;
            log.warn(
              { metric: name, maxSeries: options.max_series },
              "a metric has more combinations of label values than max_series; further ones are counted as other",
            );
          },
          close: async () => metric?.close(),
        };
      },
    };
  },
});

function numberOf(expression: Expression, { value }: StreamItem, type: string): number {
  const result = expression.evaluate(value);
  const number = typeof result === "bigint" ? Number(result) : result;
  if (typeof number === "number" && Number.isFinite(number) && (type !== "counter" || number >= 0))
    return number;
  throw streamErrors.METRIC_VALUE_INVALID({
    found: itemJson(result).slice(0, 100),
    allowed: type === "counter" ? "a finite number from 0 upwards" : "a finite number",
  });
}

function labelOf(expression: Expression, { value }: StreamItem): string {
  const result = expression.evaluate(value);
  return typeof result === "string" ? result : itemJson(result);
}
