import type { EncodedFrame } from "../../src/bus/index.js";
import { type AnyEvent, type EventPayload, type EventType, exampleEvent } from "../../src/events/index.js";

/** Event types whose payload says how many bytes their frame has, so that tests can choose. */
export const SIZED_TYPES = [
  "MempoolTransactionAdded",
  "NewBlock",
  "NodeShutdown",
  "DataMaintenance",
] as const;
export type SizedType = (typeof SIZED_TYPES)[number];

/** No encoder takes an event of this size. */
export const UNENCODABLE_BYTES = 13;

/** NodeShutdown is always critical; DataMaintenance is when its size is odd. */
export function sizedPayload<T extends SizedType>(type: T, bytes: number): EventPayload<T> {
  const given: Record<SizedType, object> = {
    MempoolTransactionAdded: { mempool_size: bytes },
    NewBlock: { height: bytes },
    NodeShutdown: { timeout_seconds: bytes },
    DataMaintenance: { timeout_seconds: bytes, urgency: bytes % 2 === 1 ? "high" : "low" },
  };
  return { ...(exampleEvent(type) as object), ...given[type] } as EventPayload<T>;
}

export function isSizedCritical(type: EventType, bytes: number): boolean {
  return type === "NodeShutdown" || (type === "DataMaintenance" && bytes % 2 === 1);
}

export function sizeOf(event: AnyEvent): number {
  if (event.type === "MempoolTransactionAdded") return event.payload.mempool_size;
  if (event.type === "NewBlock") return event.payload.height;
  if (event.type === "NodeShutdown" || event.type === "DataMaintenance") {
    return event.payload.timeout_seconds ?? 1;
  }
  return 1;
}

/** Then the next frame begins a new piece of memory, as it does where a slab is full. */
const SLAB_BYTES = 1000;

/** An encoder that makes frames of the size that the payload asks for, side by side, and counts its calls. */
export function sizedEncoder(): { encode: (event: AnyEvent) => EncodedFrame; encoded: number[] } {
  const encoded: number[] = [];
  let slab = new Uint8Array(0);
  let used = 0;
  return {
    encoded,
    encode: (event) => {
      encoded.push(event.seq);
      const bytes = sizeOf(event);
      if (bytes === UNENCODABLE_BYTES) throw new Error("this payload can't be encoded");
      if (used + bytes > SLAB_BYTES) {
        slab = new Uint8Array(0);
        used = 0;
      }
      const start = used;
      used += bytes;
      return { bytes: slab, start, end: used };
    },
  };
}
