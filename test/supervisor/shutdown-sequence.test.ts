import { describe, expect, it } from "vitest";
import { shutDownModules } from "../../src/supervisor/shutdown-sequence.js";
import { virtualClock } from "../kit/ipc-virtual-clock.js";
import { realBus } from "../kit/real-bus.js";

const reason = "signal" as const;

/** A bus, a clock that the test moves, and modules of which it says when they are settled and gone. */
function stage(...names: string[]) {
  const bus = realBus();
  const clock = virtualClock();
  const story: string[] = [];
  bus.all$.subscribe(({ type, payload }) => story.push(`${clock.nowMs} ${type} ${JSON.stringify(payload)}`));
  const modules = names.map((name) => ({
    name,
    isSettled: false,
    leave: () => {},
    stop(why: string) {
      story.push(`${clock.nowMs} stop ${name} (${why})`);
      return new Promise<void>((resolve) => {
        this.leave = resolve;
      });
    },
  }));
  return { bus, clock, story, modules, deps: { bus, scheduler: clock.scheduler } };
}

/** Moves the clock in small steps, so that promises settle between two timers. */
async function pass(clock: ReturnType<typeof virtualClock>, ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += 5) {
    clock.advanceMs(5);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("shutDownModules", () => {
  it("announces the end, waits until all is acknowledged, then stops everybody at once", async () => {
    const { clock, story, modules, deps } = stage("one", "two");
    const done = shutDownModules(deps, modules, { reason, ackTimeoutMs: 3000 });
    await pass(clock, 100);
    expect(story).toEqual([
      '0 NodeShutdown {"reason":"signal","timeout_seconds":3}',
      '0 DataMaintenance {"operation":"flush","urgency":"high","reason":"shutdown","timeout_seconds":3}',
    ]);
    for (const module of modules) module.isSettled = true;
    await pass(clock, 10);
    expect(story.slice(2)).toEqual([
      '105 NodeShutdownCompleted {"duration_ms":105}',
      "105 stop one (shutdown)",
      "105 stop two (shutdown)",
    ]);
    let isDone = false;
    void done.then(() => {
      isDone = true;
    });
    modules[0]?.leave();
    await pass(clock, 10);
    expect(isDone).toBe(false);
    modules[1]?.leave();
    await done;
  });

  it("waits no longer than it announced", async () => {
    const { clock, story, modules, deps } = stage("slow");
    const done = shutDownModules(deps, modules, { reason, ackTimeoutMs: 1000 });
    await pass(clock, 990);
    expect(story).toHaveLength(2);
    await pass(clock, 20);
    expect(story.slice(2)).toEqual([
      '1000 NodeShutdownCompleted {"duration_ms":1000}',
      "1000 stop slow (shutdown)",
    ]);
    modules[0]?.leave();
    await done;
  });

  it("promises whole seconds, never more than there are", async () => {
    const { story, modules, deps } = stage();
    await shutDownModules(deps, modules, { reason: "error", ackTimeoutMs: 1999 });
    expect(story[0]).toBe('0 NodeShutdown {"reason":"error","timeout_seconds":1}');
  });

  it("ends at once when there is no module or no time", async () => {
    const { story, deps } = stage();
    await shutDownModules(deps, [], { reason, ackTimeoutMs: 1000 });
    expect(story.map((line) => line.split(" ", 2).join(" "))).toEqual([
      "0 NodeShutdown",
      "0 DataMaintenance",
      "0 NodeShutdownCompleted",
    ]);
    const busy = stage("busy");
    const done = shutDownModules(busy.deps, busy.modules, { reason, ackTimeoutMs: 0 });
    expect(busy.story.at(-1)).toBe("0 stop busy (shutdown)");
    busy.modules[0]?.leave();
    await done;
  });
});
