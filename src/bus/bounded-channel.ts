import { Deque } from "../deque.js";
import type { EventRecord } from "./event-record.js";
import { GapMark, type GapReason } from "./gap.js";

/** Slots that only critical events may use when the capacity is taken (delivery.md, promise 10). */
export const CRITICAL_SLOTS = 16;
const MAX_CRITICAL_RESERVE_BYTES = 64 * 1024;

export type ChannelEntry = EventRecord | GapMark;

export interface ChannelLimits {
  readonly capacity: number;
  readonly maxBytes: number;
}

/**
 * A module's bounded buffer. Entries leave in the order in which they entered.
 *
 * - Capacity: `capacity` events wait; critical ones may use {@link CRITICAL_SLOTS} more.
 * - Who loses what: a full channel refuses the NEW event; nothing that waits is ever pushed out.
 * - Bytes: waiting and in flight together stay within `maxBytes`; the last part of it (an eighth, at most
 *   64 KiB) is kept for critical events, so that a flood of large events can't push them out either.
 * - Gap marks cost no slot and no bytes; there is at most one between two events, so at most `capacity + 17` exist.
 * - Loss closes nothing. The channel doesn't count: its pipeline does.
 */
export class BoundedChannel {
  #capacity = 0;
  #maxBytes = 0;
  /** What remains of maxBytes for events that are not critical. */
  #openBytes = 0;
  readonly #entries = new Deque<ChannelEntry>();
  #waitingEvents = 0;
  #heldBytes = 0;

  constructor(limits: ChannelLimits) {
    this.setLimits(limits);
  }

  /** Limits for what enters from now on; what waits already stays. */
  setLimits({ capacity, maxBytes }: ChannelLimits): void {
    this.#capacity = capacity;
    this.#maxBytes = maxBytes;
    this.#openBytes = maxBytes - Math.min(MAX_CRITICAL_RESERVE_BYTES, Math.floor(maxBytes / 8));
  }

  /** Events that wait, gap marks not counted. */
  get waitingEvents(): number {
    return this.#waitingEvents;
  }

  /** Bytes of the frames that wait or were taken and not yet released. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whether an event of this size may enter now. */
  hasRoom(frameBytes: number, isCritical: boolean): boolean {
    const bytesAfter = this.#heldBytes + frameBytes;
    if (this.#waitingEvents < this.#capacity && bytesAfter <= this.#openBytes) return true;
    if (this.#waitingEvents >= (isCritical ? this.#capacity + CRITICAL_SLOTS : this.#capacity)) return false;
    return (isCritical || this.#heldBytes === 0) && bytesAfter <= this.#maxBytes;
  }

  /**
   * Queues an event behind everything that waits.
   * The caller asked {@link hasRoom} before; an event with reserved room is pushed without asking.
   */
  push(record: EventRecord): void {
    this.#entries.push(record);
    this.#waitingEvents++;
    this.#heldBytes += record.frameBytes;
  }

  /**
   * Lets an event by, or several, that need not wait, for nothing does, and holds their bytes.
   * @returns false when something waits or the bytes don't fit: then nothing happened.
   */
  pass(frameBytes: number): boolean {
    const bytesAfter = this.#heldBytes + frameBytes;
    if (this.#entries.size > 0 || bytesAfter > this.#openBytes) return false;
    this.#heldBytes = bytesAfter;
    return true;
  }

  /** Marks the loss of `seq` at the end of the queue; joins the mark that stands there already. */
  markLoss(seq: number, reason: GapReason): void {
    const last = this.#entries.last();
    if (last instanceof GapMark) last.add(seq, reason);
    else this.#entries.push(new GapMark(seq, reason));
  }

  /** Marks a loss of what went before everything that waits; joins the mark that stands there already. */
  markLossBefore(loss: GapMark): void {
    const first = this.#entries.first();
    if (first instanceof GapMark) first.join(loss);
    else this.#entries.unshift(loss);
  }

  /** Takes out each event that is not wanted, with its bytes. The others keep their order; marks that meet become one. */
  removeUnwanted(isWanted: (record: EventRecord) => boolean, onRemoved: (record: EventRecord) => void): void {
    let lastKept: ChannelEntry | undefined;
    for (let left = this.#entries.size; left > 0; left--) {
      const entry = this.#entries.shift() as ChannelEntry;
      if (entry instanceof GapMark && lastKept instanceof GapMark) lastKept.join(entry);
      else if (entry instanceof GapMark || isWanted(entry)) {
        this.#entries.push(entry);
        lastKept = entry;
      } else {
        this.#waitingEvents--;
        this.#heldBytes -= entry.frameBytes;
        onRemoved(entry);
      }
    }
  }

  first(): ChannelEntry | undefined {
    return this.#entries.first();
  }

  /** The oldest event that waits; a mark may stand before it. */
  firstEvent(): EventRecord | undefined {
    const first = this.#entries.first();
    if (!(first instanceof GapMark)) return first;
    const second = this.#entries.at(1);
    return second instanceof GapMark ? undefined : second;
  }

  /** Takes the first entry. Its bytes stay held until {@link release}. */
  shift(): ChannelEntry | undefined {
    const entry = this.#entries.shift();
    if (entry !== undefined && !(entry instanceof GapMark)) this.#waitingEvents--;
    return entry;
  }

  /** Gives back the bytes of frames whose fate is known. */
  release(frameBytes: number): void {
    this.#heldBytes -= frameBytes;
  }
}
