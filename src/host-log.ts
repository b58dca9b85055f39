import { pino } from "pino";
import pretty from "pino-pretty";
import type { LogOptions } from "./config.js";
import type { Logger } from "./log.js";

/**
 * The host's own log on standard output: for people on a terminal, one JSON object a line elsewhere.
 * Pretty lines are written as they come, in this process: nothing of the log outlives it.
 */
export function createHostLog({ level, format }: LogOptions): Logger {
  const isPretty = format === "pretty" || (format === "auto" && process.stdout.isTTY === true);
  if (!isPretty) return pino({ level, base: { pid: process.pid } }, pino.destination({ fd: 1, sync: true }));
  const stream = pretty({
    colorize: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
    translateTime: "HH:MM:ss.l",
    // The module's name belongs in front of what it says, not behind it.
    messageFormat: "{if module}{module}: {end}{msg}",
    ignore: "pid,hostname,module,target",
    singleLine: true,
    sync: true,
  });
  return pino({ level, base: {} }, stream);
}
