import type { WireError } from "../errors.js";

/** The first element of every message body. @see ipc.md, "Messages" */
export const MESSAGE_KIND = {
  request: 0,
  response: 1,
  event: 2,
  log: 3,
  invocation: 4,
  invocationResult: 5,
  gap: 6,
  ack: 7,
  ping: 8,
  pong: 9,
} as const;

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";
export type InvocationKind = "cli" | "rpc" | "module_api" | "timer" | "hook" | "health" | "stop";

/** Per event type: how many were handled, their total and their longest time in microseconds. */
export type HandlerTimings = Readonly<
  Record<string, readonly [count: number, totalUs: number, maxUs: number]>
>;

export type Outcome =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly error: WireError };

/** An event as it came over the wire; its payload is not parsed. */
export interface ReceivedEvent {
  readonly seq: number;
  readonly type: string;
  readonly payload: unknown;
  readonly timestamp_ms: number;
  readonly source: string;
}

/** Word of a loss, at its place among the events: `count` of them between `from_seq` and `to_seq` never come. */
export interface ReceivedGap {
  readonly from_seq: number;
  readonly to_seq: number;
  readonly count: number;
  readonly reason: string;
}

/** What a host delivers, in the form in which the module's consumers get it: nothing is copied on the way. */
export type DeliveryMessage =
  | { readonly kind: "event"; readonly event: ReceivedEvent }
  | { readonly kind: "gap"; readonly gap: ReceivedGap };

/** One decoded message. Payloads are not parsed yet: that is the receiver's. */
export type Message =
  | { readonly kind: "request"; readonly id: number; readonly type: string; readonly payload: unknown }
  | { readonly kind: "response"; readonly id: number; readonly outcome: Outcome }
  | DeliveryMessage
  | {
      readonly kind: "log";
      readonly level: LogLevel;
      readonly target: string;
      readonly message: string;
      readonly timestampMs: number;
      readonly fields: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: "invocation";
      readonly id: number;
      readonly invocation: InvocationKind;
      readonly payload: unknown;
    }
  | { readonly kind: "invocation_result"; readonly id: number; readonly outcome: Outcome }
  | { readonly kind: "ack"; readonly seq: number; readonly timings: HandlerTimings | undefined }
  | { readonly kind: "ping"; readonly nonce: number }
  | { readonly kind: "pong"; readonly nonce: number };

const LOG_LEVELS: ReadonlySet<unknown> = new Set(["trace", "debug", "info", "warn", "error"]);
const INVOCATIONS: ReadonlySet<unknown> = new Set([
  "cli",
  "rpc",
  "module_api",
  "timer",
  "hook",
  "health",
  "stop",
]);

/** Reads a decoded body as a message; a text says what is wrong with it. Elements beyond the known are ignored. */
export function parseMessage(body: unknown): Message | string {
  if (!Array.isArray(body)) return "it is no array";
  const [kind, a, b, c, d, e] = body as readonly unknown[];
  switch (kind) {
    case MESSAGE_KIND.request:
      if (!isId(a)) return "a request's id is no integer from 1";
      if (typeof b !== "string") return "a request's type is no text";
      return { kind: "request", id: a, type: b, payload: c };
    case MESSAGE_KIND.response:
    case MESSAGE_KIND.invocationResult: {
      const name = kind === MESSAGE_KIND.response ? "response" : "invocation_result";
      // A response with id 0 answers no request: it tells of a fault.
      if (!isCount(a)) return "an answer's id is no integer";
      const outcome = parseOutcome(b, c);
      return outcome === undefined
        ? "an answer is neither [id, true, payload] nor [id, false, error]"
        : { kind: name, id: a, outcome };
    }
    case MESSAGE_KIND.event:
      if (!isCount(a) || !isCount(b)) return "an event's seq or timestamp is no integer";
      if (typeof c !== "string" || typeof e !== "string") return "an event's type or source is no text";
      return { kind: "event", event: { seq: a, type: c, payload: d, timestamp_ms: b, source: e } };
    case MESSAGE_KIND.log: {
      if (!LOG_LEVELS.has(a)) return "a log's level is none of trace, debug, info, warn, error";
      if (typeof b !== "string" || typeof c !== "string") return "a log's target or message is no text";
      if (!isCount(d)) return "a log's timestamp is no integer";
      return {
        kind: "log",
        level: a as LogLevel,
        target: b,
        message: c,
        timestampMs: d,
        fields: isRecord(e) ? e : {},
      };
    }
    case MESSAGE_KIND.invocation:
      if (!isId(a)) return "an invocation's id is no integer from 1";
      if (!INVOCATIONS.has(b)) return "an invocation's kind is unknown";
      return { kind: "invocation", id: a, invocation: b as InvocationKind, payload: c };
    case MESSAGE_KIND.gap:
      if (!isCount(a) || !isCount(b) || !isCount(c)) return "a gap's numbers are no integers";
      if (typeof d !== "string") return "a gap's reason is no text";
      return { kind: "gap", gap: { from_seq: a, to_seq: b, count: c, reason: d } };
    case MESSAGE_KIND.ack:
      if (!isCount(a)) return "an acknowledgement's seq is no integer from 0";
      if (b === undefined || b === null) return { kind: "ack", seq: a, timings: undefined };
      if (!isTimings(b)) return "an acknowledgement's timings are no map of [count, total, max]";
      return { kind: "ack", seq: a, timings: b };
    case MESSAGE_KIND.ping:
      return isCount(a) ? { kind: "ping", nonce: a } : "a ping's nonce is no integer";
    case MESSAGE_KIND.pong:
      return isCount(a) ? { kind: "pong", nonce: a } : "a pong's nonce is no integer";
    default:
      return "its kind is no integer from 0 to 9";
  }
}

function parseOutcome(ok: unknown, value: unknown): Outcome | undefined {
  if (ok === true) return { ok: true, payload: value };
  if (ok !== false || !isRecord(value)) return undefined;
  const { code, message, details, retryable } = value;
  if (typeof code !== "string" || typeof message !== "string") return undefined;
  return { ok: false, error: { code, message, details, retryable: retryable === true } };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isId(value: unknown): value is number {
  return isCount(value) && value > 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTimings(value: unknown): value is HandlerTimings {
  if (!isRecord(value)) return false;
  for (const type in value) {
    const timing = value[type];
    if (!Array.isArray(timing) || timing.length !== 3) return false;
    if (!isCount(timing[0]) || !isCount(timing[1]) || !isCount(timing[2])) return false;
  }
  return true;
}
