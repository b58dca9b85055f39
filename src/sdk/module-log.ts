import { errorCode, errorMessage } from "../errors.js";
import type { LogLevel } from "../ipc/index.js";
import type { TraceContext } from "../trace-context.js";
import type { EventInHand } from "./event-in-hand.js";
import type { TraceInHand } from "./trace-in-hand.js";

/** The host cuts longer lines. */
const MAX_MESSAGE_CHARS = 8192;
const MAX_FIELDS_CHARS = 8192;

/** A module's log: lines appear in the host's log under the module's name. Never throws, never waits. */
export type ModuleLog = Readonly<Record<LogLevel, (message: string, fields?: object) => void>>;

/**
 * `send` answers false when a line had to be dropped; the next line that leaves says how many were. Lines that are
 * written while an event is handled have its `seq`, those that are written in the service of a traced call its `trace_id`
 * and `span_id`.
 */
export function createModuleLog(
  send: (level: LogLevel, message: string, fields: object) => boolean,
  eventInHand: Pick<EventInHand, "seq"> = { seq: undefined },
  traceInHand: Pick<TraceInHand, "current"> = { current: undefined },
): ModuleLog {
  let dropped = 0;
  const sendOrDrop = (
    level: LogLevel,
    text: string,
    about: object,
    fields: object,
    note: object,
  ): boolean => {
    try {
      return send(level, text, { ...about, ...fields, ...note });
    } catch (error) {
      // A field that has no place on the wire costs the fields, a line that is longer than a frame the line.
      if (errorCode(error) === "FRAME_TOO_LARGE") return false;
      return send(level, text, { ...about, fields_left_out: errorMessage(error), ...note });
    }
  };
  const write =
    (level: LogLevel) =>
    (message: unknown, fields: object = {}) => {
      const text = errorMessage(message).slice(0, MAX_MESSAGE_CHARS);
      const note = dropped === 0 ? {} : { lines_dropped_before: dropped };
      const about = inHand(eventInHand.seq, traceInHand.current);
      const isSent = sendOrDrop(level, text, about, loggable(fields), note);
      dropped = isSent ? 0 : dropped + 1;
    };
  return {
    trace: write("trace"),
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  };
}

/** What the line is about, as fields: it stays where those of the line are left out. */
function inHand(seq: number | undefined, trace: TraceContext | undefined): object {
  return {
    ...(seq !== undefined && { seq }),
    ...(trace !== undefined && { trace_id: trace.traceId, span_id: trace.spanId }),
  };
}

/** Errors, bigints and cycles have no MessagePack form; a line must not fail over one of its fields. */
function loggable(fields: object): object {
  const seen = new WeakSet<object>();
  const toText = () =>
    JSON.stringify(fields, (_key, value: unknown) => {
      if (typeof value === "bigint") return value.toString();
      if (typeof value !== "object" || value === null) return value;
      if (value instanceof Error) return { message: value.message, stack: value.stack };
      if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
      if (seen.has(value)) return "[seen before]";
      seen.add(value);
      return value;
    });
  try {
    const text = toText();
    return text.length <= MAX_FIELDS_CHARS
      ? asRecord(JSON.parse(text))
      : { fields_left_out: `${text.length} characters` };
  } catch (error) {
    return { fields_left_out: errorMessage(error) };
  }
}

function asRecord(value: unknown): object {
  return typeof value === "object" && value !== null ? value : { value };
}
