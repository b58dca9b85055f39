import { describe, expect, it } from "vitest";
import { Maintenance } from "../../../src/supervisor/monitor/maintenance.js";
import type { MaintenanceProgress } from "../../../src/supervisor/monitor/maintenance-answers.js";
import type { Publish } from "../../../src/supervisor/monitor/publish.js";
import { monitorStage } from "./monitor-stage.js";

const HOUR_MS = 3_600_000;

function setUp(stage = monitorStage(), publish: Publish = stage.publish) {
  const answered = new Set<string>();
  const modules = new Set<string>();
  const askedFor: number[] = [];
  let fault: Error | undefined;
  const progressOf = (seq: number): MaintenanceProgress => {
    askedFor.push(seq);
    if (fault !== undefined) throw fault;
    const names = [...modules];
    return {
      answered: names.filter((name) => answered.has(name)),
      pending: names.filter((name) => !answered.has(name)),
    };
  };
  const maintenance = new Maintenance(
    { ...stage, publish, progressOf },
    { intervalMs: HOUR_MS, timeoutMs: 30_000 },
  );
  const types = () => stage.events.map(({ type }) => type);
  const completed = () => stage.only("MaintenanceCompleted").map(({ payload }) => payload);
  const break_ = (next: Error) => {
    fault = next;
  };
  return { ...stage, maintenance, answered, modules, askedFor, types, completed, break_ };
}

const RUN = ["MaintenanceStarted", "DataMaintenance", "MaintenanceCompleted"];

describe("Maintenance", () => {
  it("runs at each interval: started, the request, completed", () => {
    const { maintenance, clock, events, types, answered, modules } = setUp();
    modules.add("one");
    answered.add("one");
    maintenance.start();
    clock.advanceMs(HOUR_MS - 1);
    expect(types()).toEqual([]);
    clock.advanceMs(HOUR_MS + 1);
    expect(types()).toEqual([...RUN, ...RUN.slice(0, 2)]);
    expect(events.slice(0, 3).map(({ payload }) => payload)).toEqual([
      { maintenance_type: "cleanup" },
      { operation: "both", urgency: "low", reason: "periodic", timeout_seconds: 30 },
      { maintenance_type: "cleanup", success: true, duration_ms: 50, results: "answered in time: one" },
    ]);
  });

  it("asks for a cleanup of medium urgency when the disk is low", () => {
    const { maintenance, only } = setUp();
    expect(maintenance.request("low_disk")).toBe(true);
    expect(only("DataMaintenance")).toMatchObject([
      { payload: { operation: "cleanup", urgency: "medium", reason: "low_disk", timeout_seconds: 30 } },
    ]);
  });

  it("waits for every module that was sent the very event", () => {
    const { maintenance, clock, modules, answered, completed, askedFor } = setUp();
    modules.add("one").add("two");
    maintenance.request("periodic");
    clock.advanceMs(5000);
    answered.add("two");
    clock.advanceMs(5000);
    expect(completed()).toEqual([]);
    answered.add("one");
    clock.advanceMs(50);
    expect(completed()).toMatchObject([
      { success: true, duration_ms: 10_050, results: "answered in time: one, two" },
    ]);
    expect(new Set(askedFor)).toEqual(new Set([2]));
  });

  it("ends at its time limit and names who was not done", () => {
    const { maintenance, clock, modules, answered, completed } = setUp();
    modules.add("slow").add("quick");
    answered.add("quick");
    maintenance.request("periodic");
    clock.advanceMs(29_999);
    expect(completed()).toEqual([]);
    clock.advanceMs(1);
    expect(completed()).toMatchObject([
      {
        success: false,
        duration_ms: 30_000,
        results: "the time is up; answered in time: quick; not done yet: slow",
      },
    ]);
  });

  it("reads what came in meanwhile before it blames a module for this process' own delay", () => {
    const { maintenance, clock, modules, answered, completed } = setUp();
    modules.add("one");
    maintenance.request("periodic");
    clock.blockMs(40_000);
    expect(completed()).toEqual([]);
    answered.add("one");
    clock.advanceMs(100);
    expect(completed()).toMatchObject([{ success: true }]);
  });

  it("succeeds at once when no module listens", () => {
    const { maintenance, clock, completed } = setUp();
    maintenance.request("manual");
    clock.advanceMs(50);
    expect(completed()).toMatchObject([{ success: true, results: "no module listens to DataMaintenance" }]);
  });

  it("is no success when a module is gone before it was done", () => {
    const { maintenance, clock, modules, completed } = setUp();
    modules.add("mortal");
    maintenance.request("periodic");
    clock.advanceMs(1000);
    modules.delete("mortal");
    clock.advanceMs(50);
    expect(completed()).toMatchObject([{ success: false, results: "gone before it was done: mortal" }]);
  });

  it("never has two runs at once", () => {
    const { maintenance, clock, modules, types } = setUp();
    modules.add("slow");
    expect(maintenance.request("periodic")).toBe(true);
    for (const reason of ["periodic", "low_disk", "manual"] as const) {
      expect(maintenance.request(reason)).toBe(false);
    }
    clock.advanceMs(30_000);
    expect(types()).toEqual(RUN);
    expect(maintenance.request("low_disk")).toBe(true);
  });

  it("runs for a low disk at most once per ten minutes, and not less for a refusal", () => {
    const { maintenance, clock } = setUp();
    const granted: number[] = [];
    for (let s = 0; s <= 1300; s += 10) {
      if (maintenance.request("low_disk")) granted.push(s);
      clock.advanceMs(10_000);
    }
    expect(granted).toEqual([0, 600, 1200]);
    expect(maintenance.request("periodic")).toBe(true);
  });

  it("ends a run with its last event when it closes, and begins no other", () => {
    const { maintenance, clock, modules, answered, completed, types } = setUp();
    modules.add("slow").add("quick");
    answered.add("quick");
    maintenance.start();
    maintenance.request("periodic");
    clock.advanceMs(100);
    maintenance.close();
    maintenance.close();
    expect(completed()).toMatchObject([
      {
        success: false,
        duration_ms: 100,
        results: "the node shuts down; answered in time: quick; not done yet: slow",
      },
    ]);
    clock.advanceMs(3 * HOUR_MS);
    expect(maintenance.request("manual")).toBe(false);
    expect(types()).toEqual(RUN);
  });

  it("publishes nothing when it closes without a run", () => {
    const { maintenance, events } = setUp();
    maintenance.start();
    maintenance.close();
    expect(events).toEqual([]);
  });

  it.each(["MaintenanceStarted", "DataMaintenance"])("may be closed from inside its own %s", (type) => {
    const stage = monitorStage();
    const whole = setUp(stage, (published, payload) => {
      const seq = stage.publish(published, payload);
      if (published === type) whole.maintenance.close();
      return seq;
    });
    whole.modules.add("one");
    whole.maintenance.request("manual");
    whole.clock.advanceMs(HOUR_MS);
    expect(whole.types().at(-1)).toBe("MaintenanceCompleted");
    expect(whole.only("MaintenanceCompleted")).toHaveLength(1);
  });

  it("ends a run whose request could not be published", () => {
    const stage = monitorStage();
    const { maintenance, completed } = setUp(stage, (type, payload) =>
      type === "DataMaintenance" ? undefined : stage.publish(type, payload),
    );
    maintenance.request("manual");
    expect(completed()).toMatchObject([{ success: false, results: "the request could not be published" }]);
  });

  it("ends at its time limit when nobody can say who is done", () => {
    const { maintenance, clock, completed, break_ } = setUp();
    break_(new Error("no books"));
    maintenance.request("manual");
    clock.advanceMs(30_000);
    expect(completed()).toMatchObject([{ success: false, results: "the time is up" }]);
  });

  it("names at most 32 modules of each kind", () => {
    const { maintenance, clock, modules, completed } = setUp();
    for (let n = 0; n < 100; n++) modules.add(`m${n}`);
    maintenance.request("manual");
    clock.advanceMs(30_000);
    const results = String(completed()[0]?.results);
    expect(results.match(/m\d+/g)).toHaveLength(32);
    expect(results).toMatch(/ and 68 more$/);
  });

  it("is no success when the request never reached a module", () => {
    const stage = monitorStage();
    const maintenance = new Maintenance(
      { ...stage, progressOf: () => ({ answered: ["one"], pending: [], lost: ["two"] }) },
      { intervalMs: HOUR_MS, timeoutMs: 30_000 },
    );
    maintenance.request("manual");
    stage.clock.advanceMs(100);
    expect(stage.only("MaintenanceCompleted")[0]?.payload).toMatchObject({
      success: false,
      results: "answered in time: one; never got the request, its queue was full: two",
    });
  });
});
