import { z } from "zod";
import type { Loss } from "../event-outlet.js";
import {
  type EventType,
  eventTypes,
  isEventType,
  type JsonEvent,
  nearestName,
  resolveAlias,
} from "../events/index.js";
import { controlErrors } from "./errors.js";

/** One thing that a tap yields: an event, or word of events that the reader was too slow for. */
export type TapItem =
  | { readonly kind: "event"; readonly event: JsonEvent }
  /** What passed a step of a stream. */
  | ({ readonly kind: "item" } & TappedItem)
  | ({ readonly kind: "dropped" } & Loss);

/** An item as it left a step of a stream; `value` is JSON data. */
export interface TappedItem {
  readonly seq: number;
  readonly timestamp_ms: number;
  readonly value: unknown;
}

/** One step of one stream. */
export interface TappedStep {
  readonly stream: string;
  readonly step: string;
}

const name = z.string().min(1).max(256);
export const tapParams = z.strictObject({
  types: z.array(z.string().max(100)).max(1000).default([]),
  /** Set: what passes this step, in place of events. */
  step: z.strictObject({ stream: name, step: name }).optional(),
});

/**
 * The types that a tap takes; undefined, meaning every type, when it names none.
 * A deprecated alias stands for its successor.
 * @throws CONTROL_UNKNOWN_EVENT_TYPE
 */
export function tappedTypes(names: readonly string[]): ReadonlySet<EventType> | undefined {
  if (names.length === 0) return undefined;
  return new Set(
    names.map((type) => {
      if (isEventType(type)) return resolveAlias(type);
      throw controlErrors.CONTROL_UNKNOWN_EVENT_TYPE({ type, nearest: nearestName(type, eventTypes) });
    }),
  );
}
