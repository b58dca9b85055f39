import { type EventType, eventTypes } from "../../events/index.js";

/** Events whose type and time are known by seq: thirteen seconds at 10,000 a second. A power of two. */
export const RECENT_EVENTS = 131_072;
/** Room that a bus has from the beginning; it doubles until all fit. A power of two. */
const FIRST_EVENTS = 1024;
/** Of the recent ones, those that were for one module alone. */
const MAX_TARGETED = 4096;

/** What is known of a recent event besides its seq. */
export interface RecentEvent {
  readonly type: EventType;
  /** Milliseconds since 1970. */
  readonly publishedMs: number;
  /** The one module that it was for, and the life of its pipeline; undefined when it was for all. */
  readonly onlyFor: EventTarget | undefined;
}

export interface EventTarget {
  readonly moduleName: string;
  readonly life: number;
}

/**
 * Type and time of the last {@link RECENT_EVENTS} events, by seq, and how far the bus has delivered. Two writes into
 * arrays of numbers for each event, 1.3 MiB at most; payloads aren't kept.
 */
export class RecentEvents {
  #types = new Uint16Array(FIRST_EVENTS);
  #publishedMs = new Float64Array(FIRST_EVENTS);
  #mask = FIRST_EVENTS - 1;
  readonly #targets = new Map<number, EventTarget>();
  #lastSeq = 0;
  /** The seq of the event whose turn it is or was last: what subscribes now gets what is beyond. */
  turnSeq = 0;

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Takes the next event; the seqs have no gaps. */
  note(seq: number, typeIndex: number, publishedMs: number): void {
    // Seqs begin with 1: the first that has no place of its own is the one behind as many as there are places.
    if (seq > this.#mask && this.#mask < RECENT_EVENTS - 1) this.#grow();
    const at = seq & this.#mask;
    this.#types[at] = typeIndex;
    this.#publishedMs[at] = publishedMs;
    this.#lastSeq = seq;
  }

  /** The event that was noted last is for one module alone. */
  noteTarget(seq: number, target: EventTarget): void {
    this.#targets.set(seq, target);
    if (this.#targets.size <= MAX_TARGETED) return;
    for (const oldest of this.#targets.keys()) {
      this.#targets.delete(oldest);
      return;
    }
  }

  /** Undefined for what was never published and for what is too long ago. */
  of(seq: number): RecentEvent | undefined {
    if (seq < 1 || seq > this.#lastSeq || seq <= this.#lastSeq - RECENT_EVENTS) return undefined;
    const at = seq & this.#mask;
    return {
      type: eventTypes[this.#types[at] as number] as EventType,
      publishedMs: this.#publishedMs[at] as number,
      onlyFor: this.#targets.get(seq),
    };
  }

  /** Nothing has come round yet: each seq stands at its own number. */
  #grow(): void {
    const types = new Uint16Array(2 * this.#types.length);
    const publishedMs = new Float64Array(types.length);
    types.set(this.#types);
    publishedMs.set(this.#publishedMs);
    this.#types = types;
    this.#publishedMs = publishedMs;
    this.#mask = types.length - 1;
  }
}
