import { describe, expect, it } from "vitest";
import { shutDownModules } from "../../src/supervisor/shutdown-sequence.js";
import { virtualClock } from "../kit/ipc-virtual-clock.js";
import { realBus } from "../kit/real-bus.js";

const reason = "signal" as const;

const anyVersion = { text: "*", includes: () => true };

/** What `name>other` says: a module, and what it needs. */
function manifestOf(text: string) {
  const [name = "", ...needs] = text.split(">");
  const dependencies = new Map(needs.map((each) => [each, anyVersion]));
  return { name, version: "1.0.0", dependencies, optionalDependencies: new Map() };
}

/** A bus, a clock that the test moves, and modules of which it says when they are settled and gone. */
function stage(...names: string[]) {
  const bus = realBus();
  const clock = virtualClock();
  const story: string[] = [];
  bus.all$.subscribe(({ type, payload }) => story.push(`${clock.nowMs} ${type} ${JSON.stringify(payload)}`));
  const modules = names.map((text) => ({
    manifest: manifestOf(text),
    isDone: false,
    isSettled() {
      return this.isDone;
    },
    leave: () => {},
    stop(leftMs: number) {
      story.push(`${clock.nowMs} stop ${this.manifest.name} (${leftMs} ms left)`);
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
    const done = shutDownModules(deps, modules, { reason, ackTimeoutMs: 3000, stopTimeoutMs: 5000 });
    await pass(clock, 100);
    expect(story).toEqual([
      '0 NodeShutdown {"reason":"signal","timeout_seconds":8}',
      '0 DataMaintenance {"operation":"flush","urgency":"high","reason":"shutdown","timeout_seconds":8}',
    ]);
    for (const module of modules) module.isDone = true;
    await pass(clock, 10);
    expect(story.slice(2)).toEqual([
      '105 NodeShutdownCompleted {"duration_ms":105}',
      "105 stop one (5000 ms left)",
      "105 stop two (5000 ms left)",
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
    const done = shutDownModules(deps, modules, { reason, ackTimeoutMs: 1000, stopTimeoutMs: 5000 });
    await pass(clock, 990);
    expect(story).toHaveLength(2);
    await pass(clock, 20);
    expect(story.slice(2)).toEqual([
      '1000 NodeShutdownCompleted {"duration_ms":1000}',
      "1000 stop slow (5000 ms left)",
    ]);
    modules[0]?.leave();
    await done;
  });

  it("promises whole seconds, never more than there are", async () => {
    const { story, modules, deps } = stage();
    await shutDownModules(deps, modules, { reason: "error", ackTimeoutMs: 1999, stopTimeoutMs: 5000 });
    expect(story[0]).toBe('0 NodeShutdown {"reason":"error","timeout_seconds":6}');
  });

  it("ends at once when there is no module or no time", async () => {
    const { story, deps } = stage();
    await shutDownModules(deps, [], { reason, ackTimeoutMs: 1000, stopTimeoutMs: 5000 });
    expect(story.map((line) => line.split(" ", 2).join(" "))).toEqual([
      "0 NodeShutdown",
      "0 DataMaintenance",
      "0 NodeShutdownCompleted",
    ]);
    const busy = stage("busy");
    const done = shutDownModules(busy.deps, busy.modules, { reason, ackTimeoutMs: 0, stopTimeoutMs: 5000 });
    expect(busy.story.at(-1)).toBe("0 stop busy (5000 ms left)");
    busy.modules[0]?.leave();
    await done;
  });

  it("stops a module when all that need it are gone, and everybody who is left at the shared deadline", async () => {
    const { clock, story, modules, deps } = stage("base", "middle>base", "top>middle", "apart");
    const done = shutDownModules(deps, modules, { reason, ackTimeoutMs: 0, stopTimeoutMs: 5000 });
    const stops = () => story.filter((line) => line.includes(" stop "));
    expect(stops()).toEqual(["0 stop top (5000 ms left)", "0 stop apart (5000 ms left)"]);
    await pass(clock, 1000);
    modules[2]?.leave();
    await pass(clock, 10);
    expect(stops().slice(2)).toEqual([expect.stringMatching(/^100\d stop middle \((3|4)99\d ms left\)$/)]);
    await pass(clock, 4500);
    expect(stops().slice(3)).toEqual([expect.stringMatching(/^50\d\d stop base \(0 ms left\)$/)]);
    for (const module of modules) module.leave();
    await done;
  });
});
