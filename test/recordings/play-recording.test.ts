import { join } from "node:path";
import { asapScheduler, type SchedulerLike, type Subscription } from "rxjs";
import { describe, expect, it } from "vitest";
import {
  openRecording,
  type PlayOptions,
  paced,
  type RecordedItem,
  recording$,
} from "../../src/recordings/index.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { collect, recordedEvent, recordedGap, writeRecording } from "../kit/recording-files.js";

/** A clock that stands still but for the waiting, which takes no real time. */
class SleeplessScheduler implements SchedulerLike {
  timeMs = 0;
  now = () => this.timeMs;
  readonly schedule: SchedulerLike["schedule"] = (work, delayMs = 0, state) => {
    this.timeMs += delayMs;
    return asapScheduler.schedule(work as never, 0, state as never) as Subscription;
  };
}

const timed = (seq: number, timestamp_ms: number) => recordedEvent(seq, "NewTransaction", { timestamp_ms });

async function* given(items: readonly RecordedItem[]) {
  yield* items;
}

/** When each item came. */
async function times(items: readonly RecordedItem[], options: PlayOptions): Promise<number[]> {
  const scheduler = new SleeplessScheduler();
  const at: number[] = [];
  for await (const _ of paced(given(items), { scheduler, ...options })) at.push(scheduler.now());
  return at;
}

describe("paced", () => {
  it("keeps events as far apart as they were, or closer by the speed", async () => {
    const items = [timed(1, 5_000), timed(2, 5_100), recordedGap(3, 4, 2), timed(5, 7_100)];
    expect(await times(items, { pace: "as_recorded" })).toEqual([0, 100, 100, 2_100]);
    expect(await times(items, { pace: "as_recorded", speed: 10 })).toEqual([0, 10, 10, 210]);
  });

  it("spends no time on a clock that stepped back", async () => {
    const items = [timed(1, 5_000), timed(2, 1_000), timed(3, 1_500), timed(4, 5_010)];
    expect(await times(items, { pace: "as_recorded" })).toEqual([0, 0, 0, 10]);
  });

  it("spreads events evenly at a rate", async () => {
    const items = [timed(1, 0), timed(2, 0), recordedGap(3, 3, 1), timed(4, 99_999)];
    expect(await times(items, { events_per_second: 4 })).toEqual([0, 250, 500, 500]);
  });

  it("goes as fast as it is asked without a pace", async () => {
    const items = Array.from({ length: 600 }, (_, n) => timed(n + 1, n * 1000));
    expect(new Set(await times(items, {}))).toEqual(new Set([0]));
  });

  it("makes up for at most a second that its reader was busy", async () => {
    const scheduler = new SleeplessScheduler();
    const items = Array.from({ length: 20 }, (_, n) => timed(n + 1, n * 500));
    const at: number[] = [];
    for await (const _ of paced(given(items), { scheduler, pace: "as_recorded" })) {
      at.push(scheduler.now());
      if (at.length === 1) scheduler.timeMs += 60_000;
    }
    expect(at.slice(0, 6)).toEqual([0, 60_000, 60_000, 60_000, 60_500, 61_000]);
  });

  it("ends quietly when its signal says so, while it waits too", async () => {
    const leaving = new AbortController();
    const items = [timed(1, 0), timed(2, 3_600_000)];
    const read = collect(paced(given(items), { pace: "as_recorded", signal: leaving.signal }));
    setImmediate(() => leaving.abort());
    expect(await read).toHaveLength(1);
  });
});

describe("recording$", () => {
  it("reads the next item when the one before was handled and the reader is ready", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "a.rec");
    const items = Array.from({ length: 20 }, (_, n) => timed(n + 1, n));
    await writeRecording(path, items);
    let isBusy = false;
    const seen: RecordedItem[] = [];
    await new Promise<void>((resolve, reject) => {
      recording$(path, {
        fromSeq: 3,
        ready: () =>
          new Promise((ready) => {
            setImmediate(() => {
              isBusy = false;
              ready();
            });
          }),
      }).subscribe({
        next: (item) => {
          if (isBusy) reject(new Error("an item came while its reader was busy"));
          isBusy = true;
          seen.push(item);
        },
        error: reject,
        complete: resolve,
      });
    });
    expect(seen).toEqual(items.slice(2));
  });

  it("fails as its file does, and stops when it is left", async () => {
    const absent = new Promise((resolve) => recording$("absent.rec").subscribe({ error: resolve }));
    expect(await absent).toMatchObject({ code: "RECORDING_UNREADABLE" });
    await using dir = await tempDir();
    const path = join(dir.path, "a.rec");
    await writeRecording(path, [timed(1, 0), timed(2, 0), timed(3, 0)]);
    const seen: RecordedItem[] = [];
    await new Promise<void>((resolve) => {
      const reading = recording$(path).subscribe((item) => {
        seen.push(item);
        setImmediate(() => {
          reading.unsubscribe();
          resolve();
        });
      });
      reading.add(() => resolve());
    });
    await using again = await openRecording(path);
    expect(seen).toEqual((await collect(again.read())).slice(0, seen.length));
  });
});
