import { Deque } from "../deque.js";
import { type Gap, GapMark } from "./gap.js";

/** Marks that are kept one by one; the ones beyond join the newest. */
const MAX_MARKS = 4096;

/**
 * Gaps that a module was sent and has not acknowledged, oldest first: whoever takes over from it must hear of their
 * losses too. At most {@link MAX_MARKS} of them; beyond, neighbours are one and are told again as a whole.
 */
export class SentGaps {
  readonly #marks = new Deque<GapMark>();

  /** A mark that was sent; it grows no more, and belongs to this list now. */
  push(mark: GapMark): void {
    const last = this.#marks.last();
    if (last === undefined || this.#marks.size < MAX_MARKS) this.#marks.push(mark);
    else last.join(mark);
  }

  /** Forgets those that end at `seq` or before. */
  acknowledge(seq: number): void {
    for (let mark = this.#marks.first(); mark !== undefined && mark.toSeq <= seq; mark = this.#marks.first())
      this.#marks.shift();
  }

  /**
   * Takes all of them, with the events that were in flight among them (`count` 0 for none), as one loss.
   * @returns undefined when nothing was lost
   */
  takeWith(events: Gap): GapMark | undefined {
    let all = events.count > 0 ? GapMark.of(events) : undefined;
    for (let mark = this.#marks.shift(); mark !== undefined; mark = this.#marks.shift()) {
      if (all === undefined) all = mark;
      else all.join(mark);
    }
    return all;
  }
}
