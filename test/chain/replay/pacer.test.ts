import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { type ChainEvent, type ChainOptionsInput, chainOptions } from "../../../src/chain/index.js";
import { createPacer } from "../../../src/chain/replay/pacer.js";

const event: ChainEvent = { type: "NewTransaction", payload: { tx_hash: "ab".repeat(32) } };

/** A pacer on virtual time that notes when each event leaves. */
function pacerOn(options: ChainOptionsInput) {
  const scheduler = new VirtualTimeScheduler();
  const timesMs: number[] = [];
  const stop = new AbortController();
  let made = 0;
  function* events(count: number): Generator<ChainEvent> {
    for (let index = 0; index < count; index += 1) {
      made += 1;
      yield event;
    }
  }
  const hook: { onEvent: () => void } = { onEvent: () => {} };
  const emit = () => {
    timesMs.push(scheduler.now());
    hook.onEvent();
  };
  const pacer = createPacer({ scheduler, emit }, chainOptions.parse(options));
  return {
    scheduler,
    timesMs,
    stop,
    hook,
    made: () => made,
    play: (count: number, gapMs = 0, spreadEvents = 0) =>
      pacer.play({ events: events(count), gapMs, spreadEvents }, { signal: stop.signal }),
  };
}

describe("the pace events_per_second", () => {
  it("spreads events evenly from the first on", () => {
    const { play, scheduler, timesMs } = pacerOn({ events_per_second: 4 });
    void play(4);
    scheduler.flush();
    expect(timesMs).toEqual([0, 250, 500, 750]);
  });

  it("keeps the rhythm from one scene to the next", async () => {
    const { play, scheduler, timesMs } = pacerOn({ events_per_second: 10 });
    const first = play(2);
    scheduler.flush();
    await first;
    void play(2);
    scheduler.flush();
    expect(timesMs).toEqual([0, 100, 200, 300]);
  });

  it("does not drift at rates that no timer divides evenly", () => {
    const { play, scheduler, timesMs } = pacerOn({ events_per_second: 300 });
    void play(3001);
    scheduler.flush();
    expect(timesMs.at(-1)).toBeGreaterThanOrEqual(10_000);
    expect(timesMs.at(-1)).toBeLessThan(10_002);
  });

  it("makes up for at most one second that it missed", async () => {
    const { play, scheduler, timesMs } = pacerOn({ events_per_second: 10 });
    const first = play(1);
    scheduler.flush();
    await first;
    scheduler.schedule(() => {}, 60_000);
    scheduler.flush();
    timesMs.length = 0;
    void play(20);
    scheduler.flush();
    expect(timesMs.filter((timeMs) => timeMs === timesMs[0])).toHaveLength(11);
    expect(new Set(timesMs).size).toBe(10);
  });

  it("makes an event only when it is due", () => {
    const { play, scheduler, made } = pacerOn({ events_per_second: 1 });
    scheduler.maxFrames = 2500;
    void play(10);
    scheduler.flush();
    expect(made()).toBe(3);
  });
});

describe("the pace as fast as possible", () => {
  it("needs no time and yields after every batch", () => {
    const { play, scheduler, timesMs } = pacerOn({ events_per_second: 0 });
    const yields: number[] = [];
    const schedule = scheduler.schedule.bind(scheduler);
    scheduler.schedule = (work, delayMs, state) =>
      schedule(
        function (inner) {
          yields.push(timesMs.length);
          work.call(this, inner);
        },
        delayMs,
        state,
      );
    void play(600);
    scheduler.flush();
    expect(timesMs).toHaveLength(600);
    expect(new Set(timesMs)).toEqual(new Set([0]));
    expect(yields).toEqual([0, 256, 512]);
  });
});

describe("the pace real_time", () => {
  it("spreads a block's transactions over the gap before it", () => {
    const { play, scheduler, timesMs } = pacerOn({ pace: "real_time" });
    void play(6, 8000, 4);
    scheduler.flush();
    expect(timesMs).toEqual([0, 2000, 4000, 6000, 8000, 8000]);
  });

  it("never waits longer than the longest gap", () => {
    const { play, scheduler, timesMs } = pacerOn({ pace: "real_time", longest_gap_ms: 1000 });
    void play(2, 3_600_000, 1);
    scheduler.flush();
    expect(timesMs).toEqual([0, 1000]);
  });
});

describe("a stopped pacer", () => {
  it("resolves at once and leaves nothing scheduled", async () => {
    const { play, scheduler, timesMs, stop } = pacerOn({ pace: "real_time" });
    scheduler.maxFrames = 10;
    const playing = play(5, 60_000, 0);
    scheduler.flush();
    stop.abort();
    await playing;
    scheduler.maxFrames = Number.POSITIVE_INFINITY;
    scheduler.flush();
    expect(timesMs).toEqual([]);
  });

  it("stops right behind the event whose subscriber stopped it", async () => {
    const { play, scheduler, timesMs, stop, hook } = pacerOn({ events_per_second: 0 });
    hook.onEvent = () => timesMs.length === 3 && stop.abort();
    const playing = play(100);
    scheduler.flush();
    await playing;
    expect(timesMs).toHaveLength(3);
  });

  it("plays nothing when it was stopped before", async () => {
    const { play, scheduler, made, stop } = pacerOn({ events_per_second: 0 });
    stop.abort();
    await play(5);
    scheduler.flush();
    expect(made()).toBe(0);
  });
});
