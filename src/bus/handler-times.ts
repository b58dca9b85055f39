import { type EventType, eventTypes, typeIndex } from "../events/index.js";

/** What a module told of its handlers of one event type. */
export interface HandlerTime {
  readonly type: EventType;
  readonly count: number;
  readonly totalMs: number;
  readonly longestMs: number;
}

const COUNT = 0;
const TOTAL_MS = 1;
const LONGEST_MS = 2;
const FIELDS = 3;

/** How long a module's handlers took, by event type, as its acknowledgements tell it: a few numbers for each type. */
export class HandlerTimes {
  readonly #fields = new Float64Array(eventTypes.length * FIELDS);

  /** Names that are no event type are left out: they come from the module. */
  note(type: string, count: number, totalMs: number, longestMs: number): void {
    const index: number | undefined = typeIndex(type as EventType);
    if (index === undefined || index < 0) return;
    const fields = this.#fields;
    const at = index * FIELDS;
    fields[at + COUNT] = (fields[at + COUNT] as number) + count;
    fields[at + TOTAL_MS] = (fields[at + TOTAL_MS] as number) + totalMs;
    fields[at + LONGEST_MS] = Math.max(fields[at + LONGEST_MS] as number, longestMs);
  }

  *all(): Iterable<HandlerTime> {
    for (const [index, type] of eventTypes.entries()) {
      const field = (offset: number) => this.#fields[index * FIELDS + offset] as number;
      if (field(COUNT) > 0)
        yield { type, count: field(COUNT), totalMs: field(TOTAL_MS), longestMs: field(LONGEST_MS) };
    }
  }
}
