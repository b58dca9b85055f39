import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attempt, timedModule } from "./timed-module.js";

type Step =
  | { readonly do: "every" | "once"; readonly ms: number }
  | { readonly do: "cancel"; readonly id: number }
  | { readonly do: "advance" | "block"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom("every" as const, "once" as const), ms: fc.integer({ min: 10, max: 40 }) }),
  fc.record({ do: fc.constant("cancel" as const), id: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ do: fc.constant("advance" as const), ms: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ do: fc.constant("block" as const), ms: fc.integer({ min: 1, max: 90 }) }),
);

interface Expected {
  readonly id: number;
  readonly startMs: number;
  readonly everyMs: number;
  readonly isTask: boolean;
  outUntilMs: number;
}

/** Looks at each millisecond by itself: whoever is due in it, and not out, is called. */
class Oracle {
  readonly calls: string[] = [];
  readonly #answersAfterMs: number;
  #active: Expected[] = [];
  #nowMs = 0;
  #lastId = 0;

  constructor(answersAfterMs: number) {
    this.#answersAfterMs = answersAfterMs;
  }

  add(everyMs: number, isTask: boolean): void {
    this.#lastId++;
    this.#active.push({ id: this.#lastId, startMs: this.#nowMs, everyMs, isTask, outUntilMs: -1 });
  }

  cancel(id: number): boolean {
    const before = this.#active.length;
    this.#active = this.#active.filter((timer) => timer.id !== id);
    return this.#active.length < before;
  }

  advance(ms: number): void {
    for (let n = 0; n < ms; n++) this.#pass(1);
  }

  block(ms: number): void {
    this.#pass(ms);
  }

  #pass(ms: number): void {
    const fromMs = this.#nowMs;
    this.#nowMs += ms;
    for (const timer of [...this.#active]) {
      const due = Array.from({ length: ms }, (_, n) => fromMs + n + 1).filter((at) => {
        const age = at - timer.startMs;
        return timer.isTask ? age === timer.everyMs : age > 0 && age % timer.everyMs === 0;
      });
      const dueMs = due.at(-1);
      if (dueMs === undefined) continue;
      if (timer.isTask) this.cancel(timer.id);
      // What arrives while the host is blocked is read after the ticks.
      if (timer.outUntilMs > (ms === 1 ? this.#nowMs : fromMs)) continue;
      timer.outUntilMs = this.#nowMs + this.#answersAfterMs;
      this.calls.push(`${timer.id} due ${dueMs} at ${this.#nowMs}`);
    }
  }
}

describe("timers and tasks", () => {
  it("are called as a look at every millisecond says, whatever is registered, cancelled and blocked", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.integer({ min: 0, max: 30 }),
        async (steps, answerMs) => {
          const answersAfterMs = answerMs + 0.5;
          const { timers, calls, advance, block } = timedModule(answersAfterMs);
          const oracle = new Oracle(answersAfterMs);
          for (const each of steps) {
            switch (each.do) {
              case "every":
                timers.every(each.ms);
                oracle.add(each.ms, false);
                break;
              case "once":
                timers.once(each.ms);
                oracle.add(each.ms, true);
                break;
              case "cancel":
                expect(attempt(() => timers.cancel(each.id)).code === undefined).toBe(oracle.cancel(each.id));
                break;
              case "advance":
                await advance(each.ms);
                oracle.advance(each.ms);
                break;
              case "block":
                await block(each.ms);
                oracle.block(each.ms);
                break;
            }
          }
          const found = calls.map(({ id, dueMs, atMs }) => `${id} due ${dueMs} at ${atMs}`);
          expect(found.toSorted()).toEqual(oracle.calls.toSorted());
        },
      ),
      { numRuns: 150 },
    );
  });
});
