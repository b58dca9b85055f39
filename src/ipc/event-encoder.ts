import { type AnyEvent, eventDefinition, eventTypes } from "../events/index.js";
import type { Codec } from "./codec.js";
import { ipcErrors } from "./errors.js";
import { type Frame, FrameSlab } from "./frame-slab.js";
import { MESSAGE_KIND } from "./messages.js";
import { MAX_HOST_FRAME_BYTES } from "./options.js";

/** So large that a module's batch rarely crosses from one slab into the next, which would split its write. */
const SLAB_BYTES = 256 * 1024;

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
  return ({ seq, timestamp_ms, type, payload, source }) => {
    const body = [MESSAGE_KIND.event, seq, timestamp_ms, type, payload, source];
    const bytes = codec.encode(body, bitSetTypes.has(type));
    if (bytes.length > MAX_HOST_FRAME_BYTES) {
      throw ipcErrors.ANSWER_TOO_LARGE({ bytes: bytes.length, limitBytes: MAX_HOST_FRAME_BYTES });
    }
    return slab.append(bytes);
  };
}
