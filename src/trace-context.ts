/** A place in a trace, as W3C Trace Context tells it from process to process. @see https://www.w3.org/TR/trace-context/ */
export interface TraceContext {
  /** 32 lower-case hex characters, not all of them 0. */
  readonly traceId: string;
  /** Of the span in whose service something is done: 16 lower-case hex characters, not all of them 0. */
  readonly spanId: string;
  /** Eight bits; the lowest says that whoever began the trace records it. */
  readonly flags: number;
  /** What tracers tell each other beside that, as it came; at most 512 characters. */
  readonly state?: string;
}

/** The fields of a trace by the names that they have in HTTP and in calls of modules. */
export interface TraceFields {
  readonly traceparent?: string;
  readonly tracestate?: string;
}

const PARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;
/** Longer ones may be left out by whoever passes them on. */
const STATE = /^[\x20-\x7e]{1,512}$/;

/**
 * Reads what a stranger sent. A `traceparent` that isn't 55 characters of version 00 counts as none, and then so does the
 * `tracestate`; a `tracestate` that is too long or no plain text is left out alone. Never throws.
 */
export function readTrace(fields: Readonly<Record<string, unknown>>): TraceContext | undefined {
  const { traceparent, tracestate } = fields;
  const parts = typeof traceparent === "string" ? PARENT.exec(traceparent) : null;
  if (parts === null) return undefined;
  const [, traceId = "", spanId = "", flags = ""] = parts;
  const place = { traceId, spanId, flags: Number.parseInt(flags, 16) };
  return typeof tracestate === "string" && STATE.test(tracestate) ? { ...place, state: tracestate } : place;
}

/** The fields to send; none where there is no trace. */
export function traceFields(trace: TraceContext | undefined): TraceFields {
  if (trace === undefined) return {};
  const { traceId, spanId, flags, state } = trace;
  const traceparent = `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, "0")}`;
  return state === undefined ? { traceparent } : { traceparent, tracestate: state };
}
