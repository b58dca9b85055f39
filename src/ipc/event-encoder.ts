import { type AnyEvent, eventDefinition, eventTypes } from "../events/index.js";
import type { Codec } from "./codec.js";
import { type Frame, FrameSlab } from "./frame-slab.js";
import { MESSAGE_KIND } from "./messages.js";

/** So large that a module's batch rarely crosses from one slab into the next, which would split its write. */
const SLAB_BYTES = 1024 * 1024;

/**
 * Makes the function that encodes an event into the frame which every module receives. Frames that are encoded one
 * after another lie side by side in a slab. Call it once per event.
 * @throws when the payload can't be encoded, or its frame would exceed what any connection carries
 */
export function createEventEncoder(codec: Codec): (event: AnyEvent) => Frame {
  const slab = new FrameSlab(SLAB_BYTES);
  const bitSetTypes = new Set<string>(
    eventTypes.filter((type) => eventDefinition(type).fields.some((field) => field.bitSet)),
  );
  return ({ seq, timestamp_ms, type, payload, source }) =>
    slab.encode(codec, [MESSAGE_KIND.event, seq, timestamp_ms, type, payload, source], bitSetTypes.has(type));
}
