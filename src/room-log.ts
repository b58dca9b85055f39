import type { Logger } from "./log.js";
import { redactFields, redactLine } from "./redact-line.js";

export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Parts of a host whose level can be set by itself; each line says which it is from, in `room`. */
export const logRooms = [
  "host",
  "api",
  "bus",
  "chain",
  "config",
  "control",
  "http",
  "modules",
  "sandbox",
  "streams",
] as const;
export type LogRoom = (typeof logRooms)[number];

type RoomChoices = Readonly<Partial<Record<LogRoom, LogLevel | undefined>>>;
type Write = Exclude<keyof Logger, "child">;

/** The lowest level that each room writes; changed at any time, it holds from the next line on. */
export class RoomLevels {
  readonly #levels = new Map<LogRoom, number>();

  constructor(level: LogLevel, rooms: RoomChoices = {}) {
    this.apply(level, rooms);
  }

  /** One level for all rooms but those that have their own. */
  apply(level: LogLevel, rooms: RoomChoices = {}): void {
    this.setAll(level);
    for (const room of logRooms) {
      const own = rooms[room];
      if (own !== undefined) this.set(room, own);
    }
  }

  set(room: LogRoom, level: LogLevel): void {
    this.#levels.set(room, logLevels.indexOf(level));
  }

  setAll(level: LogLevel): void {
    for (const room of logRooms) this.set(room, level);
  }

  isWritten(room: LogRoom, level: LogLevel): boolean {
    return logLevels.indexOf(level) >= (this.#levels.get(room) ?? 0);
  }

  /** The level of each room. */
  all(): Readonly<Record<LogRoom, LogLevel>> {
    const entries = logRooms.map(
      (room) => [room, logLevels[this.#levels.get(room) ?? 0] ?? "trace"] as const,
    );
    return Object.fromEntries(entries) as Record<LogRoom, LogLevel>;
  }
}

/**
 * The log of one room: lines below the room's level end here, at the cost of a lookup; the others get the room's name,
 * and secrets are left out: values whose keys name one, at any depth, and what fields, sentences, errors and their stacks
 * say of passwords in addresses, authorization, and values behind a secret's name.
 */
export function roomLog(base: Logger, room: LogRoom, levels: RoomLevels): Logger {
  return wrap(base.child({ room }), room, levels);
}

function wrap(base: Logger, room: LogRoom, levels: RoomLevels): Logger {
  const write =
    (level: Write): Logger[Write] =>
    (fields, message) => {
      if (levels.isWritten(room, level)) base[level](redactFields(fields), redactLine(message));
    };
  return {
    trace: write("trace"),
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: (fields) => wrap(base.child(redactFields(fields)), room, levels),
  };
}
