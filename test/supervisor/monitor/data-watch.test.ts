import { describe, expect, it } from "vitest";
import type { DirectorySize } from "../../../src/security/index.js";
import { DataWatch } from "../../../src/supervisor/monitor/data-watch.js";
import { virtualClock } from "../../kit/ipc-virtual-clock.js";
import { settle } from "./monitor-stage.js";

/** A watch whose measurements take as long as the test says, or never end. */
function setUp({ takesMs = 0, isUrgent = false } = {}) {
  const clock = virtualClock();
  const story: string[] = [];
  const faults: string[] = [];
  let running = 0;
  const watch = new DataWatch({
    scheduler: clock.scheduler,
    measure: async (path, { signal }) => {
      running++;
      expect(running).toBe(1);
      story.push(`${clock.nowMs / 1000} ${path}`);
      if (path === "/broken") {
        running--;
        throw new Error("no such disk");
      }
      if (path === "/hangs") await new Promise((resolve) => signal.addEventListener("abort", resolve));
      clock.advanceMs(takesMs);
      running--;
      return path === "/nothing" ? undefined : { sizeBytes: 1, isComplete: true };
    },
    onMeasured: (name, _size: DirectorySize) => {
      story.push(`measured ${name}`);
      return isUrgent;
    },
    onFault: (cause) => faults.push((cause as Error).message),
  });
  const pass = async (seconds: number) => {
    for (let s = 0; s < seconds; s++) {
      watch.tick();
      await settle();
      clock.advanceMs(1000);
    }
  };
  return { watch, story, faults, pass };
}

describe("DataWatch", () => {
  it("measures small directories each second, one at a time", async () => {
    const { watch, story, pass } = setUp();
    watch.watch("one", "/one");
    watch.watch("two", "/two");
    await pass(3);
    expect(story).toEqual(
      [0, 1, 2].flatMap((s) => [`${s} /one`, "measured one", `${s} /two`, "measured two"]),
    );
  });

  it("measures soon again what is over its limit", async () => {
    const { watch, story, pass } = setUp({ isUrgent: true });
    watch.watch("one", "/one");
    await pass(3);
    expect(story.filter((line) => line.endsWith("/one"))).toEqual(["0 /one", "1 /one", "2 /one"]);
  });

  it("spends no more than a twentieth of the time on a slow directory", async () => {
    const { watch, story, pass } = setUp({ takesMs: 2000 });
    watch.watch("one", "/one");
    await pass(50);
    expect(story.filter((line) => line.endsWith("/one"))).toEqual(["0 /one", "42 /one"]);
  });

  it("spends a sixth of the time on a slow directory that is near its limit", async () => {
    const { watch, story, pass } = setUp({ takesMs: 2000, isUrgent: true });
    watch.watch("one", "/one");
    await pass(30);
    expect(story.filter((line) => line.endsWith("/one"))).toEqual(["0 /one", "12 /one", "24 /one"]);
    expect(watch.isUrgent).toBe(true);
  });

  it("measures what takes a while every ten seconds", async () => {
    const { watch, story, pass } = setUp({ takesMs: 60 });
    watch.watch("one", "/one");
    await pass(12);
    expect(story.filter((line) => line.endsWith("/one"))).toHaveLength(2);
    expect(watch.isUrgent).toBe(false);
  });

  it("goes on after a measurement that failed, and tells nothing of a directory that is not there", async () => {
    const { watch, story, faults, pass } = setUp();
    watch.watch("broken", "/broken");
    watch.watch("none", "/nothing");
    watch.watch("one", "/one");
    await pass(11);
    expect(faults).toEqual(["no such disk", "no such disk"]);
    expect(new Set(story.filter((line) => line.startsWith("measured")))).toEqual(new Set(["measured one"]));
  });

  it("tells nothing of a module that was forgotten meanwhile", async () => {
    const { watch, story, pass } = setUp();
    watch.watch("gone", "/hangs");
    watch.watch("one", "/one");
    await pass(1);
    watch.forget("gone");
    await settle();
    expect(story).toEqual(["0 /hangs", "1 /one", "measured one"]);
  });

  it("ends what is under way when it closes", async () => {
    const { watch, story, pass } = setUp();
    watch.watch("one", "/hangs");
    watch.watch("two", "/two");
    await pass(3);
    await watch.close();
    await pass(20);
    expect(story).toEqual(["0 /hangs"]);
  });
});
