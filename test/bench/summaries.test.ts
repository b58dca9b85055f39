import { describe, expect, it } from "vitest";
import { contest, enter } from "../../bench/fanout/contest.mjs";
import { linearUpTo } from "../../bench/linear.mjs";
import { spreadOf } from "../../bench/spread.mjs";

describe("spreadOf", () => {
  it("takes the middle of an odd number of values and the mean of the two middle ones of an even number", () => {
    expect(spreadOf([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5, n: 3 });
    expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4, n: 4 });
  });
});

describe("linearUpTo", () => {
  const step = (count: number, ...costs: number[]) => ({ count, cost: spreadOf(costs) });

  it("reaches the end when no step costs more than a quarter over the least before", () => {
    expect(linearUpTo([step(1, 4, 5), step(2, 2, 3), step(4, 3, 3.1)])).toEqual({ count: 4, isEnd: true });
  });

  it("stops before the first step that is dearer beyond the spread", () => {
    const steps = [step(1, 2, 2.1), step(2, 2, 2.2), step(4, 2.9, 3), step(8, 2, 2)];
    expect(linearUpTo(steps)).toEqual({ count: 2, isEnd: false });
  });

  it("goes on over a dearer step whose spread touches the least", () => {
    expect(linearUpTo([step(1, 2, 2.1, 9), step(2, 3, 4, 5)])).toEqual({ count: 2, isEnd: true });
  });
});

describe("contest", () => {
  const { entrants } = enter(["rxjs"]);

  it("runs the engine and the reference whichever peers are chosen", () => {
    expect(entrants.map(({ name }) => name)).toEqual(["engine", "ref", "rxjs"]);
  });

  it("runs every other round backwards", async () => {
    const order: string[] = [];
    await contest(entrants, { rounds: 2, mayFail: true }, async ({ name }) => void order.push(name));
    expect(order).toEqual(["engine", "ref", "rxjs", "rxjs", "ref", "engine"]);
  });

  it("leaves a peer out whose run failed, and tells why", async () => {
    const { runs, failed } = await contest(
      entrants,
      { rounds: 2, mayFail: true },
      async ({ name }, round) => {
        if (name === "rxjs" && round === 2) throw new Error("it lost an event");
        return round;
      },
    );
    expect([...runs]).toEqual([
      ["engine", [1, 2]],
      ["ref", [1, 2]],
    ]);
    expect(failed).toEqual([{ competitor: "rxjs", reason: "it lost an event" }]);
  });

  it("fails when the engine fails, or anybody while the bench is only tried", async () => {
    const failing = (culprit: string) => async (competitor: { name: string }) => {
      if (competitor.name === culprit) throw new Error("no");
    };
    await expect(contest(entrants, { rounds: 1, mayFail: true }, failing("engine"))).rejects.toThrow("no");
    await expect(contest(entrants, { rounds: 1, mayFail: false }, failing("rxjs"))).rejects.toThrow("no");
  });
});
