import type { IncomingHttpHeaders } from "node:http";
import { readTrace, type TraceContext } from "../../trace-context.js";
import { activeTrace } from "../../tracer.js";

/**
 * The trace that a request is part of: of the span that an instrumentation of this process made for it, where that is part
 * of the caller's trace or the caller has none; else as its `traceparent` says.
 */
export function requestTrace(headers: IncomingHttpHeaders): TraceContext | undefined {
  const told = readTrace(headers);
  const active = activeTrace();
  return active !== undefined && (told === undefined || told.traceId === active.traceId) ? active : told;
}
