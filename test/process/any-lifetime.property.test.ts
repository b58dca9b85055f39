import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ManagerUnderTest, startManager } from "../kit/host-manager.js";
import { expectBalance } from "../kit/host-until.js";

const names = ["a", "b"] as const;
const actions = [
  "load",
  "unload",
  "reload",
  "kill",
  "stop",
  "continue",
  "publish",
  "publish",
  "wait",
] as const;
const step = fc.record({
  name: fc.constantFrom(...names),
  action: fc.constantFrom(...actions),
  events: fc.integer({ min: 1, max: 60 }),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const refusals = ["ALREADY_LOADED", "NOT_LOADED", "BUSY", "MODULE_START_FAILED", "MODULE_RELOAD_FAILED"];

function signal({ manager }: ManagerUnderTest, name: string, signalName: NodeJS.Signals): void {
  for (const instance of manager.instances) {
    if (instance.name !== name || instance.pid === undefined) continue;
    try {
      process.kill(instance.pid, signalName);
    } catch {
      // It ended by itself a moment ago.
    }
  }
}

/** Begins one step; what takes long goes on while the next ones begin. */
function begin(host: ManagerUnderTest, { name, action, events }: Step): Promise<unknown> | undefined {
  switch (action) {
    case "load":
      return host.manager.loadModule(name);
    case "unload":
      return host.manager.unloadModule(name);
    case "reload":
      return host.manager.reloadModule(name);
    case "kill":
      signal(host, name, "SIGKILL");
      return undefined;
    case "stop":
      signal(host, name, "SIGSTOP");
      return undefined;
    case "continue":
      signal(host, name, "SIGCONT");
      return undefined;
    case "publish":
      host.publishMany(events);
      return undefined;
    case "wait":
      return undefined;
    default:
      throw new TypeError(action satisfies never);
  }
}

async function play(steps: readonly Step[]): Promise<void> {
  await using host = await startManager({
    stopTimeoutMs: 300,
    killTimeoutMs: 100,
    settings: {
      a: { delivery: { capacity: 20, window: 8 } },
      b: { delivery: { capacity: 5, window: 3 }, config: { delay_ms: 1 } },
    },
  });
  for (const name of names) await host.install(name, "recorder");
  const failures: unknown[] = [];
  const pending: Promise<unknown>[] = [];
  for (const each of steps) {
    const begun = begin(host, each)?.catch((error: { code?: string }) => {
      if (!refusals.includes(error.code ?? "")) failures.push(error);
    });
    if (begun !== undefined) pending.push(begun);
    if (each.action === "wait" || each.events % 2 === 0) await Promise.all(pending);
    for (const stats of Object.values(host.bus.books.getAllDeliveryStats())) expectBalance(stats);
  }
  for (const name of names) signal(host, name, "SIGCONT");
  await Promise.all(pending);
  await host.manager.close();
  expect(failures).toEqual([]);
  expect([...host.manager.instances]).toEqual([]);
  for (const [name, stats] of Object.entries(host.bus.books.getAllDeliveryStats())) {
    const { seqs } = await host.recording(name);
    expectBalance(stats);
    expect({ waiting: stats.waiting, in_flight: stats.in_flight }).toEqual({ waiting: 0, in_flight: 0 });
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    expect(seqs.length).toBeGreaterThanOrEqual(stats.delivered);
    expect(seqs.length).toBeLessThanOrEqual(stats.delivered + stats.fate_unknown);
  }
  expectWholeLives(host);
}

/** Loaded and unloaded alternate; a crash stands between them or before any load. */
function expectWholeLives({ published }: ManagerUnderTest): void {
  for (const name of names) {
    let isLoaded = false;
    for (const { type, payload } of published) {
      if (!("module_name" in payload) || payload.module_name !== name) continue;
      if (type === "ModuleLoaded" || type === "ModuleUnloaded") {
        expect(isLoaded, `${type} ${name}`).toBe(type === "ModuleUnloaded");
        isLoaded = type === "ModuleLoaded";
      }
    }
    expect(isLoaded, `${name} at the end`).toBe(false);
  }
}

describe("any life that modules may lead", () => {
  it("keeps books that balance, hands out nothing twice, and leaves nothing", async () => {
    const start: Step[] = names.map((name) => ({ name, action: "load", events: 2 }));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), (steps) =>
        play([...start, ...steps]),
      ),
      { numRuns: 4, endOnFailure: true },
    );
  }, 120_000);
});
