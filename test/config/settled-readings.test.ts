import { of, throwError } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { describe, expect, it } from "vitest";
import { settledReadings } from "../../src/config/settled-readings.js";

/** Each letter of `finds` is what one reading finds: a lower-case letter is a value, `#` fails. */
function run(changes: string, finds: string, expected: string) {
  const scheduler = new TestScheduler((actual, wanted) => expect(actual).toEqual(wanted));
  const left = [...finds];
  scheduler.run(({ hot, expectObservable }) => {
    const changes$ = hot(changes, { c: undefined });
    const read = () => {
      const found = left.shift();
      return found === "#" ? throwError(() => "broken") : of(found);
    };
    const values = Object.fromEntries([..."abc"].map((value) => [value, { ok: true, value }]));
    expectObservable(settledReadings(changes$, read, 5, scheduler)).toBe(expected, {
      ...values,
      x: { ok: false, error: "broken" },
    });
  });
  expect(left).toEqual([]);
}

describe("settledReadings", () => {
  it("reads at each change", () => run("-c--c--|", "ab", "-a--b--|"));
  it("reads once more when a reading fails, and says nothing of the first failure", () =>
    run("-c---------|", "#a", "------a----|"));
  it("tells the second failure", () => run("-c---------|", "##", "------x----|"));
  it("begins anew when the file changes before the second reading", () =>
    run("-c--c------|", "#a", "----a------|"));
  it("goes on after a failure that it told", () => run("-c--------c|", "##b", "------x---b|"));
  it("emits nothing without changes", () => run("----|", "", "----|"));

  it("takes a reader that throws for a reading that failed", () => {
    const errors: unknown[] = [];
    const scheduler = new TestScheduler(() => {});
    scheduler.run(() => {
      settledReadings(
        of(undefined),
        () => {
          throw new Error("at once");
        },
        5,
        scheduler,
      ).subscribe((reading) => errors.push(reading.ok ? "read" : String(reading.error)));
    });
    expect(errors).toEqual(["Error: at once"]);
  });
});
