import type { EventFilter } from "../bus/index.js";
import { EngineError, errorCode } from "../errors.js";
import type { AnyEvent, EventType } from "../events/index.js";
import { compileExpression } from "../expressions/index.js";
import { ipcErrors } from "../ipc/index.js";
import type { Caller } from "./dependencies.js";
import { nodeApiErrors } from "./errors.js";

/** Steps of one evaluation: a filter looks at one event, and the publisher waits for it, a millisecond at most. */
export const FILTER_LIMIT_STEPS = 20_000;
/** Filters that are compiled for one connection: each type of the catalogue, and some changes of mind. */
export const MAX_COMPILED_FILTERS = 256;

/** A request's filters: what is to be asked of events, and the sources by which a repeat is known. */
export interface ReadFilters {
  readonly filters: ReadonlyMap<EventType, EventFilter>;
  readonly sources: ReadonlyMap<EventType, string>;
}

/**
 * Reads and compiles the filters of a SubscribeEvents, or refuses all of it. A type that is subscribed already keeps what
 * it has: the same filter again changes nothing, and another one is refused.
 * @throws INVALID_PARAMS, FILTER_INVALID, UNKNOWN_EVENT_TYPE, LIMIT
 */
export function readFilters(
  given: unknown,
  types: readonly EventType[],
  { caller, readType }: { readonly caller: Caller; readonly readType: (name: string) => EventType },
): ReadFilters {
  const filters = new Map<EventType, EventFilter>();
  const sources = new Map<EventType, string>();
  if (given === undefined || given === null) return { filters, sources };
  const { isGranted, subscribed } = caller.filters;
  if (!isGranted) throw invalid("filters", "its feature was not granted in the handshake, allowed is none");
  for (const [name, source] of entriesOf(given)) {
    const field = `filters.${name.slice(0, 64)}`;
    const type = readType(name);
    if (!types.includes(type))
      throw invalid(field, "event_types does not name the type, allowed are its types");
    if (typeof source !== "string")
      throw invalid(field, `found a ${typeof source}, allowed is an expression`);
    if ((sources.get(type) ?? source) !== source)
      throw invalid(field, "found two filters for one type under two names, allowed is one");
    if (sources.has(type)) continue;
    if (subscribed.has(type) && subscribed.get(type) !== source)
      throw invalid(
        field,
        "the type is subscribed with another filter or none, allowed is the same; unsubscribe first",
      );
    sources.set(type, source);
    if (!subscribed.has(type)) filters.set(type, compileFilter(type, source, caller));
  }
  return { filters, sources };
}

function entriesOf(given: unknown): readonly [string, unknown][] {
  if (typeof given !== "object" || given === null || Array.isArray(given) || given instanceof Uint8Array)
    throw invalid("filters", "found no map, allowed is a map from event type to expression");
  const entries = Object.entries(given);
  if (entries.length > MAX_COMPILED_FILTERS)
    throw ipcErrors.LIMIT({ what: "number of filters", found: entries.length, limit: MAX_COMPILED_FILTERS });
  return entries;
}

function compileFilter(type: EventType, source: string, caller: Caller): EventFilter {
  const found = ++caller.filters.compiled;
  if (found > MAX_COMPILED_FILTERS)
    throw ipcErrors.LIMIT({ what: "filters of one connection", found, limit: MAX_COMPILED_FILTERS });
  const expression = compileFor(type, source);
  const filter = (event: AnyEvent): boolean => {
    const answer = expression.evaluate(event);
    if (typeof answer === "boolean") return answer;
    throw new TypeError(`the filter of ${type} answered a ${typeof answer}, allowed is a bool`);
  };
  return Object.assign(filter, { source });
}

function compileFor(type: EventType, source: string) {
  try {
    return compileExpression(source, { item: { kind: "event", types: [type] } }, "bool", {
      steps: FILTER_LIMIT_STEPS,
    });
  } catch (cause) {
    if (!(cause instanceof EngineError) || errorCode(cause) !== "EXPRESSION_INVALID") throw cause;
    const { found, allowed, hint, at } = cause.details as ExpressionFault;
    throw nodeApiErrors.FILTER_INVALID(
      { type, found, allowed, ...(hint !== undefined && { hint }), at },
      { cause },
    );
  }
}

interface ExpressionFault {
  readonly found: string;
  readonly allowed: string;
  readonly hint?: string;
  readonly at: number;
}

function invalid(field: string, problem: string): Error {
  return nodeApiErrors.INVALID_PARAMS({ field, problem });
}
