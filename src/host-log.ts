import { pino } from "pino";
import { prettyFactory } from "pino-pretty";
import type { LogOptions } from "./config.js";
import type { Logger } from "./log.js";
import { type LogRoom, RoomLevels, roomLog } from "./room-log.js";

/** Lines that a full disk held back; beyond that the newest are lost. */
const MAX_HELD_BYTES = 1024 * 1024;

/**
 * The host's own log on standard output: for people on a terminal, one JSON object a line elsewhere.
 * Pretty lines are written as they come, in this process: nothing of the log outlives it.
 * A log that can't be written (its disk is full) ends nothing: lines wait for the next one that can.
 */
export function createHostLog({ level, rooms, format }: LogOptions): HostLog {
  const levels = new RoomLevels(level, rooms);
  const base = createBase(format);
  return { levels, of: (room) => roomLog(base, room, levels) };
}

/** The host's own log: one logger for each room, and their levels. */
export interface HostLog {
  readonly levels: RoomLevels;
  of(room: LogRoom): Logger;
}

/** Writes whatever it is given: the rooms decide what that is. */
function createBase(format: LogOptions["format"]): Logger {
  const level = "trace";
  const output = pino.destination({ fd: 1, sync: true, maxLength: MAX_HELD_BYTES });
  // Without a listener the error would be thrown at whoever logs.
  output.on("error", () => {});
  const isPretty = format === "pretty" || (format === "auto" && process.stdout.isTTY === true);
  if (!isPretty) return pino({ level, base: { pid: process.pid } }, output);
  const pretty = prettyFactory({
    colorize: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
    translateTime: "HH:MM:ss.l",
    // The module's name belongs in front of what it says, not behind it.
    messageFormat: "{if module}{module}: {end}{msg}",
    ignore: "pid,hostname,module,target,room",
    singleLine: true,
  });
  return pino({ level, base: {} }, { write: (line: string) => output.write(pretty(line)) });
}
