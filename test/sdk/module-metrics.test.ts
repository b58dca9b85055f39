import { describe, expect, it } from "vitest";
import { EngineError } from "../../src/errors.js";
import type { Metric } from "../../src/sdk/index.js";
import { ModuleMetrics } from "../../src/sdk/module-metrics.js";
import { virtualClock } from "../kit/ipc-virtual-clock.js";

function setUp() {
  const clock = virtualClock();
  const reports: Metric[] = [];
  const warnings: string[] = [];
  const refusal: { code: string | undefined } = { code: undefined };
  const quiet = () => {};
  const metrics = new ModuleMetrics({
    api: {
      reportMetric: async (metric) => {
        reports.push(metric);
        if (refusal.code !== undefined) throw new EngineError(refusal.code, "refused", {});
      },
    },
    log: { trace: quiet, debug: quiet, info: quiet, error: quiet, warn: (message) => warnings.push(message) },
    scheduler: clock.scheduler,
    unixNow: () => 5000 + clock.nowMs,
  });
  const advance = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) {
      clock.advanceMs(500);
      for (let n = 0; n < 50; n++) await Promise.resolve();
    }
  };
  const values = () => reports.splice(0).map(({ value }) => value);
  return { metrics, reports, warnings, refusal, advance, values };
}

describe("ModuleMetrics", () => {
  it("reports a changed series once a second at most, as total, value and observations", async () => {
    const { metrics, reports, advance } = setUp();
    metrics.counter("jobs").inc();
    metrics.counter("jobs").inc(4);
    metrics.gauge("depth").set(1);
    metrics.gauge("depth").set(2.5);
    metrics.histogram("delay").observe(0.1, { zone: "a" });
    metrics.histogram("delay").observe(0.2, { zone: "a" });
    expect(reports).toEqual([]);
    await advance(1000);
    expect(reports).toEqual([
      { name: "jobs", value: { Counter: 5 }, labels: {}, timestamp: 6 },
      { name: "depth", value: { Gauge: 2.5 }, labels: {}, timestamp: 6 },
      { name: "delay", value: { Histogram: [0.1, 0.2] }, labels: { zone: "a" }, timestamp: 6 },
    ]);
    await advance(10_000);
    expect(reports).toHaveLength(3);
  });

  it("takes turns when more than twenty series change", async () => {
    const { metrics, reports, advance } = setUp();
    for (let n = 0; n < 50; n++) metrics.counter("jobs").inc(1, { id: String(n) });
    const seen: number[] = [];
    for (let second = 0; second < 4; second++) {
      await advance(1000);
      seen.push(reports.length);
    }
    expect(seen).toEqual([20, 40, 50, 50]);
    expect(new Set(reports.map(({ labels }) => labels.id)).size).toBe(50);
  });

  it("keeps what a busy node or a lost connection did not take, and counts nothing twice after a timeout", async () => {
    const { metrics, refusal, advance, values } = setUp();
    const delay = metrics.histogram("delay");
    for (const code of ["RATE_LIMITED", "TOO_MANY_REQUESTS", "CONNECTION_CLOSED"]) {
      refusal.code = code;
      delay.observe(1);
      await advance(1000);
      refusal.code = undefined;
      delay.observe(2);
      await advance(1000);
      expect(values()).toEqual([{ Histogram: [1] }, { Histogram: [1, 2] }]);
    }
    refusal.code = "DEADLINE";
    delay.observe(3);
    await advance(1000);
    refusal.code = undefined;
    delay.observe(4);
    await advance(1000);
    expect(values()).toEqual([{ Histogram: [3] }, { Histogram: [4] }]);
  });

  it("reports no more what the node refuses, says so once, and keeps the others", async () => {
    const { metrics, refusal, warnings, advance, values } = setUp();
    refusal.code = "NAME_TAKEN";
    metrics.counter("up").inc();
    await advance(1000);
    refusal.code = undefined;
    metrics.counter("up").inc();
    metrics.counter("jobs").inc();
    await advance(3000);
    expect(values()).toEqual([{ Counter: 1 }, { Counter: 1 }]);
    expect(warnings).toEqual(["metric up is not reported in full: the node refuses it: refused"]);
  });

  it("tries what the node refused again on a new connection, with all that was counted meanwhile", async () => {
    const { metrics, refusal, advance, values } = setUp();
    refusal.code = "NAME_TAKEN";
    metrics.counter("up").inc();
    metrics.histogram("delay").observe(1);
    await advance(1000);
    refusal.code = undefined;
    metrics.counter("up").inc();
    metrics.histogram("delay").observe(2);
    await advance(1000);
    expect(values()).toEqual([{ Counter: 1 }, { Histogram: [1] }]);
    metrics.reportAll();
    metrics.counter("up").inc();
    metrics.histogram("delay").observe(3);
    await advance(1000);
    expect(values()).toEqual([{ Counter: 3 }, { Histogram: [3] }]);
  });

  it("drops what it can't hold or report, says so once by name, and never throws", async () => {
    const { metrics, warnings, advance, reports } = setUp();
    metrics.gauge("a").set(Number.NaN);
    metrics.histogram("b").observe(Number.POSITIVE_INFINITY);
    for (const n of [-1, 1.5, Number.NaN]) metrics.counter("c").inc(n);
    metrics.counter("d").inc();
    metrics.gauge("d").set(1);
    for (let n = 0; n < 2500; n++) metrics.histogram("e").observe(n);
    for (let n = 0; n < 2000; n++) metrics.gauge("f").set(1, { id: String(n) });
    expect(warnings).toHaveLength(6);
    await advance(2000);
    const observed = reports.filter(({ name }) => name === "e").map(({ value }) => value);
    expect(observed).toEqual([{ Histogram: Array.from({ length: 1000 }, (_, n) => n) }]);
    await advance(60_000);
    expect(new Set(reports.map(({ name, labels }) => `${name} ${labels.id}`)).size).toBe(1000);
  });

  it("tells a new connection every counter and gauge again, and rests after close", async () => {
    const { metrics, advance, values } = setUp();
    metrics.counter("jobs").inc(2);
    metrics.histogram("delay").observe(1);
    await advance(1000);
    values();
    metrics.reportAll();
    await advance(1000);
    expect(values()).toEqual([{ Counter: 2 }]);
    metrics.counter("jobs").inc();
    metrics.close();
    metrics.counter("jobs").inc();
    await advance(5000);
    expect(values()).toEqual([]);
  });
});
