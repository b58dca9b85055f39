import type { EventPayload, EventType } from "./catalogue.js";

/** Who published an event: the node itself, a module, or a YAML stream, by name. */
export type EventSource = "node" | `module:${string}` | `stream:${string}`;

/** One published event. Frozen in meaning: every reader in the process may hold the same object. */
export interface EventEnvelope<Type extends EventType = EventType> {
  /** One gapless counter per host for all events, from 1. */
  readonly seq: number;
  readonly type: Type;
  readonly payload: EventPayload<Type>;
  /** When it was published, in ms since 1970-01-01 UTC by the host's clock. Order by `seq`, not by this. */
  readonly timestamp_ms: number;
  readonly source: EventSource;
}

/** Any event, discriminated by `type`: a switch on it narrows the payload. */
export type AnyEvent = { [Type in EventType]: EventEnvelope<Type> }[EventType];
