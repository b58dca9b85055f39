import type { Subscription } from "rxjs";
import { z } from "zod";
import type { Expression, ItemShape } from "../../expressions/index.js";
import { duration } from "../duration.js";
import { streamErrors } from "../errors.js";
import { resultShape } from "../result-shape.js";
import { stepOperator } from "../run/step-operator.js";
import { defineStep, type StepContext } from "../step.js";
import type { StreamItem } from "../stream-item.js";

const options = z
  .strictObject({
    after: duration.meta({ description: "Silence after an item that is too long." }),
    first: z
      .union([z.literal("never"), duration])
      .optional()
      .meta({
        description: "Silence before the first item that is too long, or `never`; `after` by default.",
      }),
    emit: z.string().min(1).optional().meta({
      description:
        "Expression of the alarm that leaves then, over the last item, `seen` (false before the first item), `silence_ms` and `alarms` (1 for the first of a silence). Without it the stream fails.",
    }),
    every: duration
      .optional()
      .meta({ description: "Tells a silence that goes on again and again; once by default." }),
    pass: z.boolean().default(true).meta({ description: "Whether items leave too, or alarms alone." }),
  })
  .refine(({ emit, every }) => every === undefined || emit !== undefined, "every without emit")
  .refine(({ emit, pass }) => pass || emit !== undefined, "pass: false without emit");

const EXTRA = { seen: "bool", silence_ms: "double", alarms: "double" } as const;
const NO_ITEM: StreamItem = { value: undefined, seq: 0, timestampMs: 0, hops: 0 };

/** Tells of a silence, or ends the stream with it. */
export const timeoutStep = defineStep({
  kind: "timeout",
  docs: {
    summary:
      "Lets items pass, and when nothing came for `after` lets an alarm out, once a silence; without `emit` the stream fails with STREAM_TIMEOUT.",
    ordering: "Items leave in the order in which they came, at once; an alarm leaves when its time is over.",
    memory: "Holds the last item and one timer.",
    onComplete: "Completes with its source, without an alarm.",
    onError:
      "Passes on its source's error. An alarm whose expression fails is not told and counts as an error.",
    example:
      '{ id: slow, timeout: { after: 30m, emit: \'{"minutes": silence_ms / 60000, "height": seen ? event.payload.height : 0.0}\', pass: false } }',
  },
  options,
  prepare({ after, first = after, emit, every, pass }, context) {
    const alarm =
      emit === undefined ? undefined : context.expression(["emit"], emit, "any", { extra: EXTRA });
    if (alarm !== undefined && first !== "never") requireNoItem(alarm, first, context);
    return {
      output: outputOf(context.input, alarm, pass),
      operator: (runtime) =>
        stepOperator(runtime.scheduler, (out) => {
          const kept = restored(runtime.carried(), out.now());
          let last = kept?.last;
          let sinceMs = kept?.sinceMs ?? out.now();
          let alarms = kept?.alarms ?? 0;
          let timer: Subscription | undefined;
          runtime.keep(() => ({ sinceMs, alarms, ...(last && { last }) }));

          /** The moment of the next alarm of this silence; undefined when none is to come. */
          const dueMs = () => {
            const allowedMs = last === undefined ? first : after;
            if (allowedMs === "never" || (alarms > 0 && every === undefined)) return undefined;
            return sinceMs + allowedMs + alarms * (every ?? 0);
          };
          // An item seldom moves the timer: one that is too early for the newest item is set again for the rest.
          let firesMs = Number.POSITIVE_INFINITY;
          const arm = () => {
            const atMs = dueMs() ?? Number.POSITIVE_INFINITY;
            if (atMs >= firesMs) return;
            timer?.unsubscribe();
            firesMs = atMs;
            timer = out.after(Math.max(0, atMs - out.now()), expire);
          };
          const expire = () => {
            firesMs = Number.POSITIVE_INFINITY;
            const atMs = dueMs();
            if (atMs !== undefined && out.now() >= atMs) tell(out.now() - sinceMs);
            arm();
          };
          const tell = (silenceMs: number) => {
            alarms++;
            if (alarm === undefined)
              throw streamErrors.STREAM_TIMEOUT({
                step: context.id,
                silenceMs,
                allowedMs: (last === undefined ? first : after) as number,
              });
            const item = last ?? NO_ITEM;
            const value = runtime.evaluate(alarm, item, {
              seen: last !== undefined,
              silence_ms: silenceMs,
              alarms,
            });
            if (value !== undefined) out.next({ ...item, value });
          };
          arm();
          return {
            next(item) {
              last = item;
              sinceMs = out.now();
              alarms = 0;
              arm();
              if (pass) out.next(item);
            },
          };
        }),
    };
  },
});

/** The first alarm is told without an item: an expression that needs one would never tell it. */
function requireNoItem(alarm: Expression, firstMs: number, context: StepContext): void {
  try {
    alarm.evaluate(undefined, { seen: false, silence_ms: firstMs, alarms: 1 });
  } catch {
    throw context.fault(["emit"], {
      found: "an expression that needs an item, where the first alarm may come before the first item",
      allowed: "one that asks for `seen` first: seen ? … : …",
      hint: "or set first: never",
    });
  }
}

function outputOf(input: ItemShape, alarm: Expression | undefined, pass: boolean): ItemShape {
  if (alarm === undefined) return input;
  return pass ? { kind: "data", type: "dyn" } : resultShape(alarm, input);
}

const keptState = z.object({
  sinceMs: z.number(),
  alarms: z.int().min(0),
  last: z
    .object({ value: z.unknown(), seq: z.number(), timestampMs: z.number(), hops: z.number() })
    .optional(),
});

interface Kept {
  readonly sinceMs: number;
  readonly alarms: number;
  readonly last: StreamItem | undefined;
}

function restored(kept: unknown, nowMs: number): Kept | undefined {
  const state = keptState.safeParse(kept).data;
  if (state === undefined) return undefined;
  return { sinceMs: Math.min(state.sinceMs, nowMs), alarms: state.alarms, last: state.last };
}
