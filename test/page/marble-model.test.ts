import { describe, expect, it } from "vitest";
import { MarbleModel } from "../../page/marble-model.js";
import type { PageLane, PageTick } from "../../src/http/page/page-messages.js";

function lane(some: Partial<PageLane> = {}): PageLane {
  return { fates: [], delivered: 0, dropped: 0, failed: 0, filtered: 0, gaps: 0, ...some };
}

function tick(at_ms: number, lanes: PageTick["lanes"] = {}, some: Partial<PageTick> = {}): PageTick {
  return { at_ms, published: 0, last_seq: 0, events: [], lanes, late: {}, ...some };
}

/** A tick with one event that each of the modules got. */
function eventTick(at_ms: number, seq: number, ...modules: string[]): PageTick {
  const lanes = Object.fromEntries(
    modules.map((name) => [name, lane({ delivered: 1, fates: [[seq, "delivered"]] })]),
  );
  return tick(at_ms, lanes, { published: 1, last_seq: seq, events: [[seq, "NewBlock", at_ms]] });
}

const namesOf = (model: MarbleModel, installed: readonly string[] = []) =>
  model.lanes(installed).map(({ module }) => module);

describe("MarbleModel", () => {
  it("has a lane for each installed module, by name, before it gets anything", () => {
    expect(namesOf(new MarbleModel(), ["b", "a"])).toEqual(["a", "b"]);
  });

  it("keeps the lane of a module that is gone until its last events have left", () => {
    const model = new MarbleModel();
    model.add(eventTick(1_000, 1, "gone", "here"));
    expect(namesOf(model, ["here"])).toEqual(["gone", "here"]);
    for (let atMs = 1_200; atMs <= 21_000; atMs += 200) model.add(tick(atMs));
    expect(namesOf(model, ["here"])).toEqual(["gone", "here"]);
    model.add(tick(21_200));
    expect(namesOf(model, ["here"])).toEqual(["here"]);
    expect(namesOf(model)).toEqual([]);
  });

  it("shows 64 lanes at most", () => {
    const names = Array.from({ length: 200 }, (_, n) => `module-${String(n).padStart(3, "0")}`);
    const model = new MarbleModel();
    model.add(eventTick(1_000, 1, ...names));
    expect(namesOf(model, names)).toEqual(names.slice(0, 64));
  });

  it("holds no more after half an hour of a busy bus than after a minute", () => {
    const model = new MarbleModel();
    const sizes: number[] = [];
    let seq = 0;
    for (let atMs = 0; atMs <= 1_800_000; atMs += 200) {
      const events = Array.from({ length: 12 }, () => [++seq, "NewBlock", atMs] as const);
      const fates = events.map(([each]) => [each, "dropped"] as const);
      // Every tick is of another module: a host whose modules come and go.
      model.add(tick(atMs, { [`m-${atMs}`]: lane({ dropped: 12, fates }) }, { events, published: 12 }));
      if (atMs === 60_000 || atMs === 1_800_000)
        sizes.push(
          model.lanes([]).reduce((sum, { marbles, marks }) => sum + marbles.length + marks.length, 0),
        );
    }
    expect(sizes[0]).toBeGreaterThan(0);
    expect(sizes[1]).toBe(sizes[0]);
    expect(model.losses).toHaveLength(30);
  });

  it("notes losses while it stands still, and shows none of their events", () => {
    const model = new MarbleModel();
    model.add(eventTick(1_000, 1, "slow"));
    model.noteLosses(tick(1_200, { slow: lane({ dropped: 3, fates: [[2, "dropped"]] }) }));
    model.noteLosses(tick(1_400, { slow: lane({ failed: 2, gaps: 1 }) }));
    expect(model.losses).toEqual([
      { key: 1, module: "slow", fromMs: 1_200, toMs: 1_400, dropped: 3, failed: 2, gaps: 1 },
    ]);
    expect(model.lanes([])[0]?.marbles.map(({ seq }) => seq)).toEqual([1]);
    expect(model.newestMs).toBe(1_000);
  });

  it("begins anew when the host's clock was set back, and keeps the list of losses", () => {
    const model = new MarbleModel();
    const hourMs = 3_600_000;
    model.add(eventTick(2 * hourMs, 1, "a"));
    model.add(tick(2 * hourMs + 200, { a: lane({ dropped: 5 }) }));
    model.add(tick(hourMs, { a: lane({ dropped: 1 }) }, { published: 4 }));
    expect(model.lanes([])[0]?.marbles).toEqual([]);
    expect(model.sampling()).toEqual({ shown: 0, published: 4 });
    expect(model.losses.map(({ fromMs, dropped }) => [fromMs, dropped])).toEqual([
      [hourMs, 1],
      [2 * hourMs + 200, 5],
    ]);
  });

  it("settles a fate that was open, also of an event of another lane's tick", () => {
    const model = new MarbleModel();
    model.add(eventTick(1_000, 1, "a", "b"));
    model.settle({ a: [[1, "dropped"]], nobody: [[1, "dropped"]], b: [[9, "dropped"]] });
    expect(model.lanes([]).map(({ marbles }) => marbles[0]?.fate)).toEqual(["dropped", "delivered"]);
  });
});
