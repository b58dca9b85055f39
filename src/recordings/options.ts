import { z } from "zod";

/**
 * The `[recording]` table of the configuration file, for `chain.source = "recording"`.
 * An unknown key is refused.
 */
export const recordingOptions = z.strictObject({
  file: z.string().min(1).optional().meta({
    description: "The recording that is played; `blvm-streams record` writes one.",
  }),
  pace: z.enum(["as_recorded", "events_per_second"]).default("as_recorded").meta({
    description:
      "as_recorded keeps the events as far apart as they were, by their times; events_per_second spreads them evenly.",
  }),
  speed: z.number().min(0.001).max(1_000_000).default(1).meta({
    unit: "times",
    description: "How many times faster than it was, at pace as_recorded.",
  }),
  events_per_second: z.number().min(0).max(1_000_000).default(100).meta({
    unit: "events/s",
    description: "Rate of pace events_per_second; 0 is as fast as possible.",
  }),
  loop: z.boolean().default(false).meta({
    description:
      "Whether it is played again after its end; before that, the blocks that it connected are disconnected.",
  }),
  sources: z.enum(["node", "all"]).default("node").meta({
    description:
      "node plays what the node said; all plays also what modules and streams published, as events of the node. What a host says of itself and its modules is never played.",
  }),
});
export type RecordingOptions = z.output<typeof recordingOptions>;
export type RecordingOptionsInput = z.input<typeof recordingOptions>;
