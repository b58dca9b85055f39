import type { LogLevel } from "../ipc/index.js";

/** A module's log: lines appear in the host's log under the module's name. Never throws, never waits. */
export type ModuleLog = Readonly<Record<LogLevel, (message: string, fields?: object) => void>>;

/** `send` answers false when a line had to be dropped; the next line that leaves says how many were. */
export function createModuleLog(
  send: (level: LogLevel, message: string, fields: object) => boolean,
): ModuleLog {
  let dropped = 0;
  const write =
    (level: LogLevel) =>
    (message: string, fields: object = {}) => {
      const told = dropped === 0 ? fields : { ...fields, lines_dropped_before: dropped };
      if (send(level, message, loggable(told))) dropped = 0;
      else dropped++;
    };
  return {
    trace: write("trace"),
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  };
}

/** Errors, bigints and cycles have no MessagePack form; a line must not fail over one of its fields. */
function loggable(fields: object): object {
  const seen = new WeakSet<object>();
  const text = JSON.stringify(fields, (_key, value: unknown) => {
    if (typeof value === "bigint") return value.toString();
    if (typeof value !== "object" || value === null) return value;
    if (value instanceof Error) return { message: value.message, stack: value.stack };
    if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
    if (seen.has(value)) return "[seen before]";
    seen.add(value);
    return value;
  });
  return JSON.parse(text) as object;
}
