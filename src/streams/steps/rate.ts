import { z } from "zod";
import { duration } from "../duration.js";
import { RateWindow } from "../rate-window.js";
import { stepOperator } from "../run/step-operator.js";
import { defineStep } from "../step.js";
import type { StreamItem } from "../stream-item.js";

const MIN_WINDOW_MS = 1000;

const options = z
  .strictObject({
    window: duration
      .refine((ms) => ms >= MIN_WINDOW_MS, "a window of at least 1s")
      .prefault("1m")
      .meta({ description: "Time over which items are counted." }),
    min: z
      .number()
      .min(0)
      .optional()
      .meta({ unit: "items per `per`", description: "Lower edge of the band." }),
    max: z
      .number()
      .min(0)
      .optional()
      .meta({ unit: "items per `per`", description: "Upper edge of the band." }),
    per: duration.prefault("1s").meta({ description: "Time that the rate and its edges are told for." }),
    hysteresis: z.number().min(0).max(0.9).default(0.1).meta({
      description:
        "How far inside the band a rate must be to be normal again, as a part of the edge it had left.",
    }),
  })
  .refine(({ min, max }) => min !== undefined || max !== undefined, "neither min nor max")
  .refine(({ min, max }) => min === undefined || max === undefined || min < max, "min not below max");

const rateState = z.enum(["low", "normal", "high"]);
type RateState = z.output<typeof rateState>;

/** Tells when a rate leaves a band and when it comes back. */
export const rateStep = defineStep({
  kind: "rate",
  docs: {
    summary:
      "Counts items, and lets `{state, was, rate, count, window_ms, lasted_ms}` out when their rate leaves the band (`low`, `high`) or is back (`normal`); the items themselves end here.",
    ordering:
      "`high` leaves with the item that is too many, `low` when a sixtieth of the window ends, and not before a whole window has passed since the start; so a rate of nothing is told too.",
    memory:
      "Holds 61 numbers and one timer, however many items come: the count is in sixtieths of the window.",
    onComplete: "Completes with its source, without telling anything.",
    onError: "Passes on its source's error.",
    example: "{ id: flood, rate: { window: 1m, max: 100, per: 1s } }",
  },
  options,
  prepare({ window: windowMs, min, max, per: perMs, hysteresis }) {
    const judge = (rate: number, state: RateState, isBoundary: boolean, isWhole: boolean): RateState => {
      if (max !== undefined && rate > max) return "high";
      // Between boundaries the count may be a little too low: good enough to find too much, not too little.
      if (isBoundary && isWhole && min !== undefined && rate < min) return "low";
      if (state === "high" && isBoundary && rate <= (max ?? 0) * (1 - hysteresis)) return "normal";
      if (state === "low" && rate >= (min ?? 0) * (1 + hysteresis)) return "normal";
      return state;
    };
    return {
      output: { kind: "data", type: "map<string, dyn>" },
      operator: (runtime) =>
        stepOperator(runtime.scheduler, (out) => {
          const counted = new RateWindow(windowMs, out.now());
          const kept = restored(runtime.carried(), out.now());
          let state: RateState = kept?.state ?? "normal";
          let sinceMs = kept?.sinceMs ?? out.now();
          let newest: StreamItem = { value: undefined, seq: 0, timestampMs: 0, hops: 0 };
          let hops = 0;
          runtime.keep(() => ({ state, sinceMs }));

          const look = (count: number, isBoundary: boolean) => {
            const nowMs = out.now();
            const rate = (count * perMs) / counted.windowMs;
            const was = state;
            state = judge(rate, was, isBoundary, counted.isWhole(nowMs));
            if (state === was) return;
            const value = {
              state,
              was,
              rate,
              count,
              window_ms: counted.windowMs,
              lasted_ms: nowMs - sinceMs,
            };
            sinceMs = nowMs;
            const item = { ...newest, hops, value };
            hops = 0;
            out.next(item);
          };
          const waitForBoundary = () => out.after(counted.untilBoundary(out.now()), tick);
          const tick = () => {
            look(counted.countAtBoundary(out.now()), true);
            waitForBoundary();
          };
          waitForBoundary();
          return {
            next(item) {
              newest = item;
              if (item.hops > hops) hops = item.hops;
              counted.add(out.now());
              look(counted.countWithin(out.now()), false);
            },
          };
        }),
    };
  },
});

const keptState = z.object({ state: rateState, sinceMs: z.number() });

/** The counts begin anew: a carried state only keeps an alarm from being told twice. */
function restored(kept: unknown, nowMs: number): z.output<typeof keptState> | undefined {
  const state = keptState.safeParse(kept).data;
  return state === undefined ? undefined : { ...state, sinceMs: Math.min(state.sinceMs, nowMs) };
}
