import { z } from "zod";
import { logLevels, logRooms } from "../room-log.js";

/** What is logged and how: the `[log]` table. */
export const logOptions = z.strictObject({
  level: z.enum(logLevels).default("info").meta({
    description: "Lowest level that is written; a change of the file holds at once.",
  }),
  rooms: z.partialRecord(z.enum(logRooms), z.enum(logLevels)).default({}).meta({
    description:
      'The same for single rooms of the host, as `rooms = { bus = "debug" }`; `blvm-streams log` shows and changes them while it runs.',
  }),
  format: z.enum(["auto", "pretty", "json"]).default("auto").meta({
    description:
      "pretty is for people, json has one object a line; auto is pretty on a terminal, json elsewhere.",
  }),
});
export type LogOptions = z.output<typeof logOptions>;
export type LogOptionsInput = z.input<typeof logOptions>;
