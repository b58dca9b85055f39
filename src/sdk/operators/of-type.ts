import { filter, type OperatorFunction } from "rxjs";
import { type AnyEvent, type EventEnvelope, type EventType, resolveAlias } from "../../events/index.js";

/**
 * Lets pass the events of the named types, narrowed to them. Order is kept, nothing is held.
 * A deprecated name stands for the one that took its place.
 */
export function ofType<Type extends EventType>(
  ...types: readonly Type[]
): OperatorFunction<AnyEvent, EventEnvelope<Type>> {
  const isWanted = eventTypeCheck(types);
  return filter((event): event is AnyEvent & EventEnvelope<Type> => isWanted(event));
}

/** The check behind `ofType`, shared with its pulling twin. */
export function eventTypeCheck<Type extends EventType>(
  types: readonly Type[],
): (event: AnyEvent) => event is AnyEvent & EventEnvelope<Type> {
  const wanted = new Set<string>(types.map((type) => resolveAlias(type)));
  return (event): event is AnyEvent & EventEnvelope<Type> => wanted.has(event.type);
}
