import { z } from "zod";

const counts = z.looseObject({
  matched: z.number(),
  delivered: z.number(),
  dropped_full: z.number(),
  failed_closed: z.number(),
  failed_serialization: z.number(),
  filtered: z.number(),
  waiting: z.number(),
  in_flight: z.number(),
});

const handler = z.looseObject({ count: z.number(), total_ms: z.number(), longest_ms: z.number() });

const figures = z.looseObject({
  name: z.string(),
  version: z.string(),
  state: z.string(),
  health: z.looseObject({ state: z.string(), reason: z.string().optional() }).nullable(),
  use: z.looseObject({ cpu_percent: z.number().nullish(), memory_bytes: z.number().nullish() }).nullable(),
  delivery: counts.extend({ by_type: z.record(z.string(), counts) }).nullable(),
  queue: z
    .looseObject({
      capacity: z.number(),
      bytes: z.number(),
      oldest_waiting_ms: z.number(),
      is_slow: z.boolean(),
    })
    .nullable(),
  slow_episodes: z.number(),
  gaps_told: z.number(),
  longest_stall_ms: z.number(),
  latency: z.looseObject({ bounds_seconds: z.array(z.number()), counts: z.array(z.number()) }),
  handlers: z.record(z.string(), handler),
});

/** What the host tells of one module for `top` and `report`. */
export type Figures = z.output<typeof figures>;

/** The host's answer to `modulefigures`. */
export const figuresAnswer = z.looseObject({ at_ms: z.number(), modules: z.array(figures) });
export type FiguresAnswer = z.output<typeof figuresAnswer>;

/** A time in the unit that keeps it short: `340 µs`, `12.3 ms`, `1.2 s`. */
export function timeText(ms: number): string {
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  return ms < 1000 ? `${Number(ms.toPrecision(3))} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** A share in percent; never 0 of something, never 100 of less than all. */
export function shareText(part: number, whole: number): string {
  if (part === 0 || whole === 0) return "0 %";
  const percent = (100 * part) / whole;
  if (percent < 0.1) return "< 0.1 %";
  return percent > 99.9 && part < whole ? "> 99.9 %" : `${Number(percent.toFixed(1))} %`;
}
