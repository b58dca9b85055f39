import { type EventPayload, type EventType, eventCatalogue, eventTypes } from "./catalogue.js";
import type { EventCriticality } from "./event-definition.js";

const criticalTypes: ReadonlyMap<EventType, EventCriticality> = new Map(
  eventTypes
    .map((type) => [type, eventCatalogue[type].critical] as const)
    .filter(([, criticality]) => criticality !== "never"),
);

/**
 * Whether this event may use the slots that a channel reserves for critical events.
 * One map look-up for nearly every event; never throws.
 */
export function isCritical<Type extends EventType>(type: Type, payload: EventPayload<Type>): boolean {
  const criticality = criticalTypes.get(type);
  if (criticality === undefined) return false;
  if (typeof criticality === "string") return true;
  return (payload as Readonly<Record<string, unknown>>)[criticality.field] === criticality.equals;
}
