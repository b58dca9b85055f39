import type { PreparedStream } from "../prepared-stream.js";
import type { IntakeCounters, RunningStream } from "../running-stream.js";
import { StepCounters } from "../step-counters.js";
import type { PartStatus } from "./stream-status.js";

/** Parts that are remembered after the file that had them was changed. */
const MAX_PARTS = 200;

/**
 * The numbers of a stream over its lives: what lives that ended counted, and what the present one counts now. A counter
 * never goes back. Parts that a newer file no longer has are remembered, 200 in all.
 */
export class PartTotals {
  readonly #past = new Map<string, StepCounters>();
  readonly #pastIntake: IntakeCounters = { in: 0, dropped: 0, held: 0 };

  /** A life ended: its numbers join the past. */
  add(running: RunningStream): void {
    for (const [id, counters] of running.counters) {
      const past = this.#past.get(id) ?? new StepCounters();
      sum(past, counters);
      past.held = 0;
      this.#past.set(id, past);
      const [oldest] = this.#past.keys();
      if (this.#past.size > MAX_PARTS && oldest !== undefined) this.#past.delete(oldest);
    }
    this.#pastIntake.in += running.intake.in;
    this.#pastIntake.dropped += running.intake.dropped;
  }

  /** Events that no life took: they came between two, and found no room. */
  addDropped(count: number): void {
    this.#pastIntake.in += count;
    this.#pastIntake.dropped += count;
  }

  intake(running: RunningStream | undefined): IntakeCounters {
    const { in: past, dropped } = this.#pastIntake;
    const now = running?.intake ?? { in: 0, dropped: 0, held: 0 };
    return { in: past + now.in, dropped: dropped + now.dropped, held: now.held };
  }

  /** The parts of the present file, in its order. */
  parts(prepared: PreparedStream, running: RunningStream | undefined): PartStatus[] {
    const steps = prepared.steps.map(({ id, kind }) => ({ id, kind, role: "step" as const }));
    const sinks = prepared.sinks.map(({ id, kind }) => ({ id, kind, role: "sink" as const }));
    return [...steps, ...sinks].map((part) => {
      const total = new StepCounters();
      for (const counters of [this.#past.get(part.id), running?.counters.get(part.id)])
        if (counters !== undefined) sum(total, counters);
      const { deadLetters: dead_letters, ...others } = total;
      return { ...part, ...others, dead_letters };
    });
  }
}

function sum(into: StepCounters, from: Readonly<StepCounters>): void {
  into.in += from.in;
  into.out += from.out;
  into.dropped += from.dropped;
  into.errors += from.errors;
  into.held += from.held;
  into.retries += from.retries;
  into.deadLetters += from.deadLetters;
}
