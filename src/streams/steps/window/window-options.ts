import { z } from "zod";
import { duration } from "../../duration.js";
import type { StepContext } from "../../step.js";

const DEFAULT_MAX = 1000;
const UPPER_MAX = 100_000;

const items = z.int().min(1).max(UPPER_MAX);

export const windowOptions = z.strictObject({
  tumbling: duration.optional().meta({
    unit: "ms",
    description: "Length of windows side by side, counted from the start of the stream.",
  }),
  sliding: duration.optional().meta({
    unit: "ms",
    description: "Length of a window that ends at each tick of `every`.",
  }),
  session: duration.optional().meta({ unit: "ms", description: "Silence that ends a window." }),
  count: items.optional().meta({ unit: "items", description: "Items of a window." }),
  every: z
    .union([duration.transform((ms) => ({ ms })), items.transform((n) => ({ items: n }))])
    .optional()
    .meta({
      description:
        "With `sliding` the time between two lists, at most its length; with `count` the items between two lists, at most `count` (which is the default).",
    }),
  longest: duration.optional().meta({
    unit: "ms",
    description: "With `session` the time from its first item after which a window ends without silence.",
  }),
  max: items.optional().meta({
    unit: "items",
    description: `Items held at most, ${DEFAULT_MAX} by default; with \`count\` that is the limit itself.`,
  }),
  when_full: z.enum(["emit", "drop_newest", "drop_oldest"]).optional().meta({
    description:
      "What happens at `max`: the list leaves at once and the window goes on empty (`emit`; the default of `tumbling` and `session`, not for `sliding`), or an item is thrown away and counts as dropped (`drop_oldest` is the default of `sliding`).",
  }),
  emit_empty: z.boolean().default(false).meta({
    description: "Whether `tumbling` and `sliding` emit the list of a window in which nothing came.",
  }),
  reorg: z.enum(["keep", "retract"]).default("keep").meta({
    description:
      "Whether events about a block (`block_hash`) leave an open window, and count as dropped, when the block leaves the best chain. Lists that were emitted stay as they are.",
  }),
});

export type WindowKind =
  | { readonly kind: "tumbling"; readonly lengthMs: number; readonly isEmptyEmitted: boolean }
  | {
      readonly kind: "sliding";
      readonly lengthMs: number;
      readonly everyMs: number;
      readonly isEmptyEmitted: boolean;
    }
  | { readonly kind: "session"; readonly gapMs: number; readonly longestMs: number }
  | { readonly kind: "count"; readonly count: number; readonly every: number };

export interface WindowPlan {
  readonly window: WindowKind;
  readonly max: number;
  readonly whenFull: "emit" | "drop_newest" | "drop_oldest";
}

const KINDS = ["tumbling", "sliding", "session", "count"] as const;
/** The options that make sense with one kind only. */
const BELONGS = {
  every: ["sliding", "count"],
  longest: ["session"],
  max: ["tumbling", "sliding", "session"],
  when_full: ["tumbling", "sliding", "session"],
  emit_empty: ["tumbling", "sliding"],
} as const satisfies Readonly<Record<string, readonly (typeof KINDS)[number][]>>;

/** Which window is meant. @throws the context's faults where options contradict one another */
export function windowPlan(
  options: z.output<typeof windowOptions>,
  { fault }: Pick<StepContext, "fault">,
): WindowPlan {
  const [kind, second] = KINDS.filter((name) => options[name] !== undefined);
  if (kind === undefined || second !== undefined)
    throw fault(second === undefined ? [] : [second], {
      found: second === undefined ? "no kind of window" : `${kind} and ${second}`,
      allowed: `one of ${KINDS.join(", ")}`,
    });
  for (const [name, kinds] of Object.entries(BELONGS)) {
    const value = options[name as keyof typeof BELONGS];
    if (value !== undefined && value !== false && !(kinds as readonly string[]).includes(kind))
      throw fault([name], {
        found: `${name} with ${kind}`,
        allowed: `${name} with ${kinds.join(" or ")}`,
        hint: "take it out",
      });
  }
  const window = windowKind(kind, options, fault);
  if (window.kind === "count") return { window, max: window.count, whenFull: "drop_oldest" };
  const { max = DEFAULT_MAX, when_full: whenFull = kind === "sliding" ? "drop_oldest" : "emit" } = options;
  if (kind === "sliding" && whenFull === "emit")
    throw fault(["when_full"], {
      found: "emit with sliding",
      allowed: "drop_newest or drop_oldest",
      hint: "the items of a sliding window belong to later lists too",
    });
  return { window, max, whenFull };
}

function windowKind(
  kind: (typeof KINDS)[number],
  options: z.output<typeof windowOptions>,
  fault: StepContext["fault"],
): WindowKind {
  const { tumbling = 0, sliding = 0, session = 0, count = 0, longest } = options;
  const every = options.every as { readonly ms?: number; readonly items?: number } | undefined;
  switch (kind) {
    case "tumbling":
      return { kind, lengthMs: tumbling, isEmptyEmitted: options.emit_empty };
    case "sliding": {
      const everyMs = every?.ms;
      if (everyMs === undefined || everyMs > sliding)
        throw fault(every === undefined ? [] : ["every"], {
          found: every === undefined ? "sliding without every" : `every ${everyMs ?? every.items}`,
          allowed: `every as a duration of at most sliding, which is ${sliding} ms`,
          hint: "between longer steps items would be in no list",
        });
      return { kind, lengthMs: sliding, everyMs, isEmptyEmitted: options.emit_empty };
    }
    case "session":
      return { kind, gapMs: session, longestMs: longest ?? Number.POSITIVE_INFINITY };
    case "count": {
      const { items: step } = every ?? { items: count };
      if (step === undefined || step > count)
        throw fault(["every"], {
          found: `every ${step ?? `${every?.ms} ms`}`,
          allowed: `every as a number of items, at most count, which is ${count}`,
          hint: "between longer steps items would be in no list",
        });
      return { kind, count, every: step };
    }
  }
}
