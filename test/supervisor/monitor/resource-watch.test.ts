import { describe, expect, it } from "vitest";
import type { ProcessSample } from "../../../src/supervisor/monitor/proc-sample.js";
import { ResourceWatch } from "../../../src/supervisor/monitor/resource-watch.js";
import type { LimitsOptions } from "../../../src/supervisor/options.js";
import { idle, MIB, monitorStage, roundLimits, scriptedReader } from "./monitor-stage.js";

function setUp(limits: Partial<LimitsOptions> = {}, hasReader = true) {
  const stage = monitorStage();
  const script = scriptedReader();
  const limitsBroken: string[] = [];
  const pressures: string[] = [];
  const slowed: number[] = [];
  const watch = new ResourceWatch({
    ...stage,
    reader: hasReader ? script.reader : undefined,
    onLimit: (name, reason) => limitsBroken.push(`${name}: ${reason}`),
    giveWay: (each) => slowed.push(each) > 0,
    onPressure: (name, resources) => pressures.push(`${name}: ${resources.join(" ")}`),
  });
  let pid: number | undefined = 7;
  watch.watch({ name: "probe", pid: () => pid, limits: { ...roundLimits, ...limits } });
  /** One second with these figures. */
  const tick = (sample?: Partial<ProcessSample>) => {
    stage.clock.advanceMs(1000);
    if (sample === undefined) script.samples.clear();
    else script.samples.set(pid ?? 0, { ...idle, ...sample });
    watch.tick();
  };
  const setPid = (next: number | undefined) => {
    pid = next;
  };
  const warnings = () => stage.only("ResourceLimitWarning").map(({ payload }) => payload);
  const figures = () => watch.figures("probe");
  return { ...stage, script, watch, tick, setPid, warnings, figures, limitsBroken, pressures, slowed };
}

const memory = (mib: number) => ({ memoryBytes: mib * MIB });

describe("ResourceWatch", () => {
  it("warns once when memory goes over the warning level, and names the module in the log", () => {
    const { tick, warnings, log } = setUp();
    for (const mib of [10, 80, 81, 95, 99]) tick(memory(mib));
    expect(warnings()).toEqual([
      {
        resource_type: "memory",
        usage_percent: 81,
        current_usage: 81 * MIB,
        limit: 100 * MIB,
        threshold_percent: 80,
      },
    ]);
    expect(log.lines).toMatchObject([{ level: "warn", fields: { module: "probe", resource: "memory" } }]);
    expect(log.messages()[0]).toBe(
      "module probe uses 81 % of what it may; memory: 100 MiB limit, 81 MiB resident",
    );
  });

  it("warns again only after the use fell ten points below the level", () => {
    const { tick, warnings } = setUp();
    for (const mib of [85, 75, 85, 70, 85, 69, 85]) tick(memory(mib));
    expect(warnings()).toHaveLength(2);
  });

  it.each([
    ["file_descriptors", { descriptors: 81 }, 81],
    ["processes", { children: 90 }, 90],
    ["memory", memory(100), 100 * MIB],
  ])("warns of %s by its own word", (type, sample, usage) => {
    const { tick, warnings } = setUp();
    tick(sample);
    expect(warnings()).toMatchObject([{ resource_type: type, current_usage: usage }]);
  });

  it("warns of processor time by its share over ten seconds", () => {
    const { tick, warnings, limitsBroken, events } = setUp({ max_cpu_percent: 50 });
    // A start costs a second of full work; that alone warns nobody.
    tick({ cpuMs: 300 });
    tick({ cpuMs: 1300 });
    for (let s = 0; s < 8; s++) tick({ cpuMs: 1300 });
    expect(warnings()).toEqual([]);
    for (let s = 1; s <= 30; s++) tick({ cpuMs: 1300 + s * 1000 });
    expect(warnings()).toEqual([
      {
        resource_type: "cpu",
        usage_percent: 100,
        current_usage: 50,
        limit: 50,
        threshold_percent: 80,
      },
    ]);
    expect(events[0]?.atMs).toBe(15_000);
    expect(limitsBroken).toEqual([]);
  });

  it("logs once that processor time is over its limit, and lets the module go on behind all others", () => {
    const { tick, log, limitsBroken, slowed } = setUp({ max_cpu_percent: 50 });
    for (let s = 0; s <= 30; s++) tick({ cpuMs: s * 1000 });
    expect(log.messages().filter((message) => message.includes("over its limit"))).toEqual([
      expect.stringContaining("goes on at a lower priority until it ends"),
    ]);
    expect(new Set(slowed)).toEqual(new Set([7]));
    expect(limitsBroken).toEqual([]);
  });

  it("reports a broken limit at the third reading in a row, once, with figures", () => {
    const { tick, limitsBroken } = setUp();
    for (const mib of [101, 101, 100, 101, 102]) tick(memory(mib));
    expect(limitsBroken).toEqual([]);
    for (const mib of [103, 104, 105]) tick(memory(mib));
    expect(limitsBroken).toEqual(["probe: memory: 100 MiB limit, 103 MiB resident"]);
  });

  it.each([
    [{ descriptors: 101 }, "probe: file descriptors: 100 limit, 101 open"],
    [{ children: 101 }, "probe: processes: 100 limit, 101 started"],
  ])("reports the broken limit of %o", (sample, reason) => {
    const { tick, limitsBroken } = setUp();
    for (let s = 0; s < 3; s++) tick(sample);
    expect(limitsBroken).toEqual([reason]);
  });

  it("does not count readings that are missing as readings below the limit", () => {
    const { tick, limitsBroken } = setUp();
    tick(memory(101));
    tick(memory(101));
    tick();
    tick(memory(101));
    expect(limitsBroken).toHaveLength(1);
  });

  it("warns of the data directory and reports its broken limit", () => {
    const { watch, warnings, limitsBroken, figures } = setUp();
    const note = (mib: number) => watch.noteData("probe", { sizeBytes: mib * MIB, isComplete: true });
    expect([note(50), note(90), note(101), note(101), note(101)]).toEqual([false, true, true, true, true]);
    expect(warnings()).toMatchObject([{ resource_type: "disk", usage_percent: 90 }]);
    expect(limitsBroken).toEqual(["probe: data directory: 100 MiB limit, 101 MiB in it"]);
    expect(figures()?.dataBytes).toBe(101 * MIB);
    expect(watch.noteData("stranger", { sizeBytes: 1, isComplete: true })).toBe(false);
  });

  it("tells once of a data directory that is too large to be measured", () => {
    const { watch, log } = setUp();
    for (let n = 0; n < 3; n++) watch.noteData("probe", { sizeBytes: MIB, isComplete: false });
    expect(log.lines).toMatchObject([{ level: "warn", fields: { module: "probe", counted_bytes: MIB } }]);
  });

  it("reports folders that a module hides in two readings in a row, once", () => {
    const { watch, limitsBroken } = setUp();
    const note = (hiddenFolders: number) =>
      watch.noteData("probe", { sizeBytes: MIB, isComplete: hiddenFolders === 0, hiddenFolders });
    expect([note(1), note(0), note(2)]).toEqual([true, false, true]);
    expect(limitsBroken).toEqual([]);
    for (let n = 0; n < 3; n++) note(2);
    expect(limitsBroken).toEqual([
      "probe: data directory: 2 folders in it are closed to the host or too deep, so that what lies there can't be counted; keep folders readable for their owner and at most 64 below each other",
    ]);
  });

  it("tells which resources are over their warning levels whenever that changes", () => {
    const { tick, pressures } = setUp();
    tick(memory(85));
    tick({ ...memory(85), descriptors: 85 });
    tick({ ...memory(85), descriptors: 85 });
    tick({ ...memory(10), descriptors: 85 });
    tick();
    tick({});
    expect(pressures).toEqual([
      "probe: memory",
      "probe: memory file_descriptors",
      "probe: file_descriptors",
      "probe: ",
    ]);
  });

  it("begins anew with another process, and keeps what it knows of the disk", () => {
    const { watch, tick, setPid, warnings, limitsBroken, pressures, figures } = setUp({
      max_cpu_percent: 50,
    });
    watch.noteData("probe", { sizeBytes: 90 * MIB, isComplete: true });
    for (let s = 0; s < 2; s++) tick({ ...memory(101), cpuMs: 900_000 });
    setPid(8);
    tick({ ...memory(101), cpuMs: 10 });
    expect(pressures).toEqual(["probe: disk", "probe: memory disk", "probe: disk", "probe: memory disk"]);
    expect(limitsBroken).toEqual([]);
    expect(warnings().map(({ resource_type }) => resource_type)).toEqual(["disk", "memory", "memory"]);
    expect(figures()?.cpuMs).toBe(10);
  });

  it("lets the last warnings stand while there is no process", () => {
    const { tick, setPid, pressures, figures } = setUp();
    tick(memory(85));
    setPid(undefined);
    tick();
    expect(pressures).toEqual(["probe: memory"]);
    expect(figures()).toMatchObject({ memoryBytes: undefined, note: "no process handle" });
  });

  it("gives figures, and says why they are missing", () => {
    const { tick, setPid, figures, watch } = setUp();
    expect(figures()).toMatchObject({ cpuPercent: undefined, note: "not sampled yet" });
    tick({ cpuMs: 100 });
    tick({ cpuMs: 350, children: 2 });
    expect(figures()).toEqual({
      cpuPercent: 25,
      cpuMs: 350,
      memoryBytes: 10 * MIB,
      descriptors: 10,
      children: 2,
      dataBytes: undefined,
    });
    tick();
    expect(figures()).toMatchObject({ cpuPercent: undefined, note: "the process can't be read" });
    setPid(undefined);
    expect(figures()).toMatchObject({ note: "no process handle" });
    watch.forget("probe");
    expect(figures()).toBeUndefined();
  });

  it("has no process figures on a system without a reader", () => {
    const { tick, figures, events } = setUp({}, false);
    tick(memory(200));
    expect(figures()).toMatchObject({
      memoryBytes: undefined,
      note: "this system tells nothing of processes",
    });
    expect(events).toEqual([]);
  });

  it("judges descriptors only where they may be counted", () => {
    const { tick, events, figures } = setUp();
    tick({ descriptors: undefined });
    expect(events).toEqual([]);
    expect(figures()).toMatchObject({ descriptors: undefined, memoryBytes: 10 * MIB });
  });

  it("asks the reader once for all modules", () => {
    const { watch, tick, script } = setUp();
    watch.watch({ name: "other", pid: () => 9, limits: roundLimits });
    watch.watch({ name: "attached", pid: () => undefined, limits: roundLimits });
    tick({});
    expect(script.asked).toEqual([[7, 9]]);
  });
});
