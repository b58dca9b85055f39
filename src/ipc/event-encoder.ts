import { type AnyEvent, type EventType, eventDefinition, eventTypes } from "../events/index.js";
import type { Codec, EventWriter } from "./codec.js";
import { type Frame, FrameSlab } from "./frame-slab.js";

/** So large that a module's batch rarely crosses from one slab into the next, which would split its write. */
const SLAB_BYTES = 1024 * 1024;

/**
 * Makes the function that encodes an event into the frame which every module receives. Frames that are encoded one
 * after another lie side by side in a slab. `typeIndex` is the place of the event's type in the catalogue. Call it once per event.
 * @throws when the payload can't be encoded, or its frame would exceed what any connection carries
 */
export function createEventEncoder(codec: Codec): (event: AnyEvent, typeIndex: number) => Frame {
  const slab = new FrameSlab(SLAB_BYTES);
  const writers: readonly EventWriter[] = eventTypes.map((type) => writerOf(codec, type));
  return (event, typeIndex) => slab.encodeEvent(writers[typeIndex] as EventWriter, event);
}

function writerOf(codec: Codec, type: EventType): EventWriter {
  const { fields } = eventDefinition(type);
  const keys = fields.map(({ name }) => name);
  return codec.eventWriter(
    type,
    keys,
    fields.some(({ bitSet }) => bitSet === true),
  );
}
