import type { EventBus, TypeCounters } from "../bus/index.js";

type Counts = Pick<TypeCounters, "delivered" | "droppedFull" | "failedClosed" | "failedSerialization">;

/** Names of the modules that were subscribed to a request. One that is gone, or was given to another, is in no list. */
export interface RollAnswers {
  readonly answered: string[];
  readonly pending: string[];
  /** The request never reached them. */
  readonly lost: string[];
}

const NOTHING: Counts = { delivered: 0, droppedFull: 0, failedClosed: 0, failedSerialization: 0 };

/**
 * Who is asked by a DataMaintenance event, and what became of it for each, read from the books: an event behind the
 * request may be acknowledged although the request itself was dropped. One request at a time.
 */
export class MaintenanceRoll {
  readonly #bus: EventBus;
  #before = new Map<string, Counts>();

  constructor(bus: EventBus) {
    this.#bus = bus;
  }

  /** A request is about to be published: whoever is subscribed now is asked. */
  begin(): void {
    this.#before = new Map(this.#subscribers().map((name) => [name, this.#countsOf(name)]));
  }

  progress(): RollAnswers {
    const answers: RollAnswers = { answered: [], pending: [], lost: [] };
    const present = new Set(this.#subscribers());
    for (const [name, before] of this.#before) {
      const now = this.#countsOf(name);
      if (now.delivered > before.delivered) answers.answered.push(name);
      else if (now.droppedFull > before.droppedFull || now.failedSerialization > before.failedSerialization)
        answers.lost.push(name);
      else if (present.has(name) && now.failedClosed === before.failedClosed) answers.pending.push(name);
    }
    return answers;
  }

  #subscribers(): readonly string[] {
    return this.#bus.getSubscribers("DataMaintenance");
  }

  #countsOf(name: string): Counts {
    // Resets of the statistics must not look like progress, nor hide it.
    for (const [type, { delivered, droppedFull, failedClosed, failedSerialization }] of this.#bus.books
      .of(name)
      .totals())
      if (type === "DataMaintenance") return { delivered, droppedFull, failedClosed, failedSerialization };
    return NOTHING;
  }
}
