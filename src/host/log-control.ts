import { z } from "zod";
import { type ControlMethod, controlMethod } from "../control/index.js";
import { logLevels, logRooms, type RoomLevels } from "../room-log.js";

/**
 * Shows and changes what a running host writes to its log; a change lasts until the host ends or its file changes. A
 * host whose log is lent has no such methods: the levels are the lender's.
 */
export function logControlMethods(levels: RoomLevels | undefined): Readonly<Record<string, ControlMethod>> {
  if (levels === undefined) return {};
  const room = z.enum([...logRooms, "all"]);
  return {
    loglevels: controlMethod(z.strictObject({}), () => levels.all()),
    setloglevel: controlMethod(z.strictObject({ room, level: z.enum(logLevels) }), ({ room, level }) => {
      if (room === "all") levels.setAll(level);
      else levels.set(room, level);
      return levels.all();
    }),
  };
}
