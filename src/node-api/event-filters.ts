import type { EventFilter } from "../bus/index.js";
import { EngineError, errorCode, withoutStack } from "../errors.js";
import type { AnyEvent, EventType } from "../events/index.js";
import { compileExpression } from "../expressions/index.js";
import { ipcErrors } from "../ipc/index.js";
import type { Caller, CallerFilters } from "./dependencies.js";
import { nodeApiErrors } from "./errors.js";
import {
  compileUs,
  type FilterAllowance,
  FREE_STEPS,
  openFilterAllowances,
  REFUSED_COMPILE_US,
} from "./filter-allowance.js";

/** Steps of one evaluation: a filter looks at one event, and the publisher waits for it, a millisecond at most. */
export const FILTER_LIMIT_STEPS = 20_000;
/** Filters of one request: twice the types of the catalogue. */
export const MAX_FILTERS = 256;

/** A request's filters: what is to be asked of events, and the sources by which a repeat is known. */
export interface ReadFilters {
  readonly filters: ReadonlyMap<EventType, EventFilter>;
  readonly sources: ReadonlyMap<EventType, string>;
}

/**
 * Reads and compiles the filters of a SubscribeEvents, or refuses all of it. A type that is subscribed already keeps what
 * it has: the same filter again changes nothing, and another one is refused.
 * @throws INVALID_PARAMS, FILTER_INVALID, FILTERS_TOO_COSTLY, UNKNOWN_EVENT_TYPE, LIMIT
 */
export function readFilters(
  given: unknown,
  types: readonly EventType[],
  { caller, readType }: { readonly caller: Caller; readonly readType: (name: string) => EventType },
): ReadFilters {
  const filters = new Map<EventType, EventFilter>();
  const sources = new Map<EventType, string>();
  const costs = new Map<EventType, number>();
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
    if (subscribed.has(type)) continue;
    const { filter, us } = compileFilter(type, source, caller);
    filters.set(type, filter);
    costs.set(type, us);
  }
  for (const [type, us] of costs) holdFilter(type, us, caller.filters);
  return { filters, sources };
}

function entriesOf(given: unknown): readonly [string, unknown][] {
  if (typeof given !== "object" || given === null || Array.isArray(given) || given instanceof Uint8Array)
    throw invalid("filters", "found no map, allowed is a map from event type to expression");
  const entries = Object.entries(given);
  if (entries.length > MAX_FILTERS)
    throw ipcErrors.LIMIT({ what: "number of filters", found: entries.length, limit: MAX_FILTERS });
  return entries;
}

function compileFilter(type: EventType, source: string, { filters }: Caller): CompiledFilter {
  filters.allowances ??= openFilterAllowances();
  const { compiling, evaluating } = filters.allowances;
  if (!compiling.isOpen) throw nodeApiErrors.FILTERS_TOO_COSTLY({ type, limit_us: compiling.capacity });
  const expression = compileFor(type, source, compiling);
  const us = compileUs(source, expression.patternSize);
  compiling.spend(us);
  const ask = (event: AnyEvent): boolean => {
    if (!evaluating.isOpen) throw tooLong();
    try {
      const answer = expression.evaluate(event);
      if (typeof answer === "boolean") return answer;
      throw new TypeError(`the filter of ${type} answered a ${typeof answer}, allowed is a bool`);
    } finally {
      const steps = expression.takenSteps;
      if (steps > FREE_STEPS) evaluating.spend(steps);
    }
  };
  return { filter: Object.assign(ask, { source }), us };
}

interface CompiledFilter {
  readonly filter: EventFilter;
  /** What it cost to compile. */
  readonly us: number;
}

/** Without its stack: there may be one for each event. */
function tooLong(): Error {
  return withoutStack(
    () =>
      new Error(
        "the filters of this connection take too long together; make them cheaper, or look at the events in the module",
      ),
  );
}

function compileFor(type: EventType, source: string, compiling: FilterAllowance) {
  try {
    return compileExpression(source, { item: { kind: "event", types: [type] } }, "bool", {
      steps: FILTER_LIMIT_STEPS,
    });
  } catch (cause) {
    compiling.spend(REFUSED_COMPILE_US);
    if (!(cause instanceof EngineError) || errorCode(cause) !== "EXPRESSION_INVALID") throw cause;
    const { found, allowed, hint, at } = cause.details as ExpressionFault;
    throw nodeApiErrors.FILTER_INVALID(
      { type, found, allowed, ...(hint !== undefined && { hint }), at },
      { cause },
    );
  }
}

function holdFilter(type: EventType, us: number, { allowances }: CallerFilters): void {
  allowances?.held.set(type, us);
  allowances?.compiling.hold(us);
}

/** Forgets a type that is no longer subscribed. */
export function forgetFilter(type: EventType, { subscribed, allowances }: CallerFilters): void {
  subscribed.delete(type);
  const us = allowances?.held.get(type);
  if (us === undefined) return;
  allowances?.held.delete(type);
  allowances?.compiling.release(us);
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
