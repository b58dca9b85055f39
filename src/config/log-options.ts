import { z } from "zod";

/** What is logged and how: the `[log]` table. */
export const logOptions = z.strictObject({
  level: z.enum(["trace", "debug", "info", "warn", "error", "fatal"]).default("info").meta({
    description: "Lowest level that is written.",
  }),
  format: z.enum(["auto", "pretty", "json"]).default("auto").meta({
    description:
      "pretty is for people, json has one object a line; auto is pretty on a terminal, json elsewhere.",
  }),
});
export type LogOptions = z.output<typeof logOptions>;
export type LogOptionsInput = z.input<typeof logOptions>;
