import { describe, expect, it } from "vitest";
import { HealthCheck } from "../../../src/supervisor/monitor/health-check.js";
import {
  healthReport,
  isNodeHealthy,
  type NodeFindings,
} from "../../../src/supervisor/monitor/health-report.js";
import { measureLoopLag } from "../../../src/supervisor/monitor/loop-lag.js";
import { until } from "../../kit/host-until.js";
import { monitorStage } from "./monitor-stage.js";

const disk = { availableBytes: 400, totalBytes: 1000, percentFree: 40, isLow: false };
const well: NodeFindings = {
  modules: [{ name: "one", health: { state: "healthy" }, state: "Running" }],
  disk,
  eventLoopLagMs: 3,
};

describe("HealthCheck", () => {
  it("checks at its start, at each interval, and when somebody asks", () => {
    const { clock, events, ...deps } = monitorStage();
    const check = new HealthCheck({ ...deps, examine: () => well }, 60_000);
    check.start();
    check.start();
    clock.advanceMs(120_000);
    check.check("manual");
    check.close();
    check.close();
    clock.advanceMs(600_000);
    expect(events.map(({ atMs, type, payload }) => `${atMs} ${type} ${payload.check_type}`)).toEqual([
      "0 HealthCheck startup",
      "60000 HealthCheck periodic",
      "120000 HealthCheck periodic",
      "120000 HealthCheck manual",
    ]);
    expect(events[0]?.payload.node_healthy).toBe(true);
    expect(JSON.parse(String(events[0]?.payload.health_report))).toEqual({
      modules: { one: { state: "Running", health: "healthy" } },
      disk: { available_bytes: 400, total_bytes: 1000, percent_free: 40, is_low: false },
      event_loop_lag_ms: 3,
    });
  });

  it("goes on after an examination that failed", () => {
    const { clock, events, log, ...deps } = monitorStage();
    let calls = 0;
    const examine = () => {
      calls++;
      if (calls === 2) throw new Error("a part is missing");
      return well;
    };
    new HealthCheck({ ...deps, log, examine }, 1000).start();
    clock.advanceMs(2000);
    expect(events).toHaveLength(2);
    expect(log.messages()).toEqual(["the health check failed"]);
  });
});

describe("isNodeHealthy", () => {
  it.each([
    ["everything is well", {}, true],
    ["there is no module", { modules: [] }, true],
    ["nothing is known of the disk", { disk: undefined }, true],
    ["the disk is low", { disk: { ...disk, isLow: true } }, false],
    ["timers are a second late", { eventLoopLagMs: 1001 }, false],
    ["a module is degraded", { modules: [{ name: "m", health: { state: "degraded", reason: "" } }] }, false],
    ["a module has crashed", { modules: [{ name: "m", health: { state: "crashed", reason: "" } }] }, false],
  ] as const)("when %s", (_, findings, isHealthy) => {
    expect(isNodeHealthy({ ...well, ...findings })).toBe(isHealthy);
  });
});

describe("healthReport", () => {
  it("tells why a module is not well, in bounded space, the ill before the others", () => {
    const modules = Array.from({ length: 1000 }, (_, n) => ({
      name: `m${n}`,
      health:
        n === 999
          ? ({ state: "crashed", reason: "\ud800".repeat(5000) } as const)
          : ({ state: "healthy" } as const),
    }));
    const text = healthReport({ ...well, modules });
    const report = JSON.parse(text) as { modules: Record<string, { reason?: string }> };
    expect(Object.keys(report.modules)).toHaveLength(256);
    expect(report).toMatchObject({ modules_left_out: 744 });
    expect(report.modules.m999?.reason).toHaveLength(200);
    expect(text).not.toMatch(/\p{Surrogate}/u);
    expect(text.length).toBeLessThan(65_536);
  });

  it("says null of a disk that nobody could read", () => {
    expect(JSON.parse(healthReport({ ...well, disk: undefined }))).toMatchObject({ disk: null });
  });
});

describe("measureLoopLag", () => {
  it("notices a blocked event loop, and begins anew after each call", async () => {
    const lag = measureLoopLag();
    try {
      expect(lag.takeP99Ms()).toBe(0);
      const turns = () => new Promise((resolve) => setTimeout(resolve, 50));
      await until("a block is noticed", async () => {
        await turns();
        const endMs = performance.now() + 300;
        while (performance.now() < endMs);
        await turns();
        return lag.takeP99Ms() > 100;
      });
      expect(lag.takeP99Ms()).toBe(0);
    } finally {
      lag.close();
      lag.close();
    }
  });
});
