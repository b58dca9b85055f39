import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reportedText } from "../../../src/metrics/reported.js";
import { bareDependencies, createNodeApi } from "../../../src/node-api/index.js";
import { timeLimitMs } from "../../kit/time-limit.js";
import { readExposition } from "../../metrics/exposition.js";
import { startConnection } from "../start-connection.js";
import { counter, gauge, histogram, startMetrics } from "./start-metrics.js";

describe("a metric that a module reports", () => {
  it("is served under its prefixed name with the module first, its type and its labels by name", async () => {
    const { connect, render } = startMetrics();
    const mine = connect("mine");
    await mine.report(counter("jobs-done", 3, { zone: "b", area: "a" }));
    await mine.report(counter("jobs-done", 5, { area: "a", zone: "b" }));
    await mine.report(gauge("depth", -1.5));
    const text = await render();
    expect(text).toContain(
      '# HELP blvm_module_jobs_done Reported by modules as jobs-done.\n# TYPE blvm_module_jobs_done counter\nblvm_module_jobs_done{module="mine",area="a",zone="b"} 5\n',
    );
    expect(text).toContain('# TYPE blvm_module_depth gauge\nblvm_module_depth{module="mine"} -1.5\n');
    readExposition(text);
  });

  it("adds up observations in cumulative buckets with sum and count", async () => {
    const { connect, render } = startMetrics();
    const mine = connect("mine");
    await mine.report(histogram("delay", [0.001, 0.002, 7]));
    await mine.report(histogram("delay", []));
    await mine.report(histogram("delay", [20_000, -3]));
    const lines = readExposition(await render()).get("blvm_module_delay")?.lines;
    const bucket = (le: string) => lines?.get(`blvm_module_delay_bucket{module="mine",le="${le}"}`);
    expect(["0.001", "0.005", "5", "10", "10000", "+Inf"].map(bucket)).toEqual([2, 3, 3, 4, 4, 5]);
    expect(lines?.get('blvm_module_delay_sum{module="mine"}')).toBeCloseTo(20_004.003);
    expect(lines?.get('blvm_module_delay_count{module="mine"}')).toBe(5);
  });

  it("stands beside that of another module under one head", async () => {
    const { connect, render } = startMetrics();
    await connect("one").report(counter("jobs", 1));
    await connect("two").report(counter("jobs", 2));
    expect([...(readExposition(await render()).get("blvm_module_jobs")?.lines ?? [])]).toEqual([
      ['blvm_module_jobs{module="one"}', 1],
      ['blvm_module_jobs{module="two"}', 2],
    ]);
  });

  it("goes with the connection, and its name is free again", async () => {
    const { connect, render, api } = startMetrics();
    const [one, two] = [connect("one"), connect("two")];
    await one.report(counter("jobs", 1));
    expect(await two.report(gauge("jobs", 1))).toBe("NAME_TAKEN");
    one.close();
    expect(await render()).not.toContain("blvm_module_jobs");
    expect(api.services.metrics.of("one")).toEqual([]);
    expect(await two.report(gauge("jobs", 1))).toBeUndefined();
  });

  it("begins anew when the module comes back before its old connection is known to be gone", async () => {
    const { connect, render } = startMetrics();
    const before = connect("mine");
    await before.report(counter("jobs", 9));
    const after = connect("mine");
    await after.report(counter("jobs", 1));
    before.close();
    expect(await render()).toContain('blvm_module_jobs{module="mine"} 1\n');
  });

  it("is told by module name and by id, as it was reported last", async () => {
    const { connect } = startMetrics();
    const mine = connect("mine");
    const long = Array.from({ length: 1000 }, (_, n) => n);
    const reports = [counter("a", 1), gauge("b", 2, { x: "y" }), histogram("c", long)];
    for (const report of reports) await mine.report(report);
    const reader = connect("reader");
    const told = [
      reports[0]?.metric,
      reports[1]?.metric,
      { ...reports[2]?.metric, value: { Histogram: long.slice(-100) } },
    ];
    expect(await reader.ask("GetModuleMetrics", { module_id: "mine" })).toEqual(told);
    expect(await reader.ask("GetModuleMetrics", { module_id: mine.caller.moduleId })).toEqual(told);
    expect(await reader.ask("GetModuleMetrics", { module_id: "min" })).toEqual([]);
    expect(await reader.ask("GetAllMetrics", {})).toEqual({ mine: told });
  });
});

describe("a report that is refused", () => {
  const names = ["", "a b", "é", 'a"b', "a\nb", "a{b}", "a:b", "toString()"];
  it.each(names)("for the name %j", async (name) => {
    const { connect, api } = startMetrics();
    expect(await connect("mine").report(counter(name, 1))).toBe("BAD_NAME");
    expect(api.services.metrics.families()).toEqual([]);
  });

  it.each(["", "module", "le", "__name__", "1a", "a-b", "a.b", 'a"', "é"])(
    "for the label %j",
    async (label) => {
      const { connect } = startMetrics();
      expect(await connect("mine").report(counter("jobs", 1, { [label]: "x" }))).toBe("BAD_NAME");
    },
  );

  it.each([
    ["no number", { Gauge: Number.NaN }, "RANGE_ERROR"],
    ["an infinite gauge", { Gauge: Number.POSITIVE_INFINITY }, "RANGE_ERROR"],
    ["a negative total", { Counter: -1 }, "RANGE_ERROR"],
    ["a broken total", { Counter: 1.5 }, "RANGE_ERROR"],
    ["a total beyond safe integers", { Counter: 2 ** 53 }, "RANGE_ERROR"],
    ["an infinite observation", { Histogram: [1, Number.NEGATIVE_INFINITY] }, "RANGE_ERROR"],
    ["1001 observations", { Histogram: new Array(1001).fill(1) }, "INVALID_PARAMS"],
    ["observations that are no list", { Histogram: "1" }, "INVALID_PARAMS"],
    ["an unknown type", { Summary: 1 }, "INVALID_PARAMS"],
    ["no type", {}, "INVALID_PARAMS"],
    ["a bare number", 5, "INVALID_PARAMS"],
  ])("for %s", async (_what, value, code) => {
    const { connect, api } = startMetrics();
    const metric = { ...counter("jobs", 1).metric, value };
    expect(await connect("mine").report({ metric })).toBe(code);
    expect(api.services.metrics.families()).toEqual([]);
  });

  it("names the field that is wrong", async () => {
    const { connect } = startMetrics();
    const metric = { ...counter("jobs", 1).metric, value: { Histogram: [1, Number.NaN] } };
    await expect(connect("mine").ask("ReportMetric", { metric })).rejects.toMatchObject({
      details: { field: "metric.value.Histogram.1" },
    });
  });

  it("for a name of the node, also one that only a histogram's line would have", async () => {
    const { connect } = startMetrics();
    const mine = connect("mine");
    for (const name of ["up", "info", "acked-sequence", "requests_total", "hook_calls_total"]) {
      expect(await mine.report(gauge(name, 1)), name).toBe("NAME_TAKEN");
    }
  });

  it("for a name with another type or spelling, and for the lines of a histogram", async () => {
    const { connect } = startMetrics();
    const [mine, other] = [connect("mine"), connect("other")];
    await mine.report(histogram("delay-time", [1]));
    expect(await mine.report(counter("delay-time", 1))).toBe("NAME_TAKEN");
    expect(await mine.report(histogram("delay_time", [1]))).toBe("NAME_TAKEN");
    expect(await other.report(counter("delay_time", 1))).toBe("NAME_TAKEN");
    expect(await other.report(counter("delay_time_count", 1))).toBe("NAME_TAKEN");
    await other.report(counter("size_sum", 1));
    expect(await mine.report(histogram("size", [1]))).toBe("NAME_TAKEN");
    expect(await other.report(histogram("delay_time", [1]))).toBeUndefined();
  });

  it("at the 1001st line, while the others go on", async () => {
    const { connect, render } = startMetrics();
    const mine = connect("mine");
    const codes = new Map<string | undefined, number>();
    for (let n = 0; n < 1200; n++) {
      const code = await mine.report(counter("jobs", n, { id: String(n) }));
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect(codes).toEqual(
      new Map([
        [undefined, 1000],
        ["METRICS_LIMIT", 200],
      ]),
    );
    expect(await mine.report(counter("jobs", 77, { id: "5" }))).toBeUndefined();
    expect(await mine.report(gauge("other", 1))).toBe("METRICS_LIMIT");
    expect(await connect("other").report(gauge("other", 1))).toBeUndefined();
    const { lines } = readExposition(await render()).get("blvm_module_jobs") ?? {};
    expect(lines?.size).toBe(1000);
    expect(lines?.get('blvm_module_jobs{module="mine",id="5"}')).toBe(77);
  });

  it("when a histogram's 18 lines, or too long labels, find no room", async () => {
    const { connect } = startMetrics();
    const mine = connect("mine");
    for (let n = 0; n < 55; n++) expect(await mine.report(histogram(`h${n}`, [1]))).toBeUndefined();
    expect(await mine.report(histogram("h55", [1]))).toBe("METRICS_LIMIT");
    const wordy = connect("wordy");
    const labels = Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`label_${n}`, "x".repeat(256)]));
    let taken = 0;
    while ((await wordy.report(counter("jobs", 1, { ...labels, label_0: String(taken) }))) === undefined)
      taken++;
    expect(taken).toBeLessThan(130);
  });
});

describe("all reported metrics together", () => {
  it("are refused in one answer when they are too much for one", async () => {
    const { connect } = startMetrics();
    const labels = Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`label_${n}`, "x".repeat(256)]));
    for (let module = 0; module < 10; module++) {
      const wordy = connect(`wordy-${module}`);
      for (let n = 0; n < 115; n++) await wordy.report(counter("jobs", 1, { ...labels, label_0: String(n) }));
    }
    const reader = connect("reader");
    expect(await reader.codeOf("GetAllMetrics", {})).toBe("LIMIT");
    expect(await reader.ask("GetModuleMetrics", { module_id: "wordy-9" })).toHaveLength(115);
  });

  it("make a scrape that can be read, whatever is reported", async () => {
    const name = fc.stringMatching(/^[a-c_-]{1,2}(_sum|_count|_bucket)?$/);
    const value = fc.oneof(
      fc.record({ Counter: fc.maxSafeNat() }),
      fc.record({ Gauge: fc.double() }),
      fc.record({ Histogram: fc.array(fc.double(), { maxLength: 5 }) }),
    );
    const labels = fc.dictionary(
      fc.constantFrom("a", "b", "le", "__c", "module"),
      fc.string({ unit: "binary" }),
      {
        maxKeys: 3,
      },
    );
    const report = fc.record({ module: fc.nat(2), name, value, labels, closes: fc.nat(9) });
    await fc.assert(
      fc.asyncProperty(fc.array(report, { maxLength: 30 }), async (reports) => {
        const api = createNodeApi(bareDependencies({ publish: () => 1 }));
        const modules = ["m0", "m1", "m2"].map((name) => startConnection(api, name));
        for (const { module, closes, ...metric } of reports) {
          if (closes === 0) modules[module]?.close();
          await modules[module]?.codeOf("ReportMetric", { metric: { ...metric, timestamp: 1 } });
        }
        const families = api.services.metrics.families();
        const exposed = readExposition(`${reportedText(families)}\n`);
        for (const { name: family, type } of families) {
          expect(exposed.get(family)?.type).toBe(type);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("of 20 modules with a thousand lines each take a tenth of a second to render at most", async () => {
    const { connect, api } = startMetrics();
    for (let module = 0; module < 20; module++) {
      const caller = connect(`m${module}`).caller;
      for (let n = 0; n < 1000; n++) {
        api.services.metrics.report(counter("jobs", n, { id: String(n), kind: "x" }).metric, caller);
      }
    }
    const tookMs = Array.from({ length: 5 }, () => {
      const startMs = performance.now();
      expect(reportedText(api.services.metrics.families()).length).toBeGreaterThan(800_000);
      return performance.now() - startMs;
    });
    expect(Math.min(...tookMs)).toBeLessThan(timeLimitMs(100));
  });
});

describe("the gate's metric", () => {
  it("counts what was allowed and denied by module and permission", async () => {
    const { api, connect, render } = startMetrics();
    const mine = connect("mine");
    await mine.report(counter("jobs", 1));
    await mine.report(counter("jobs", 2));
    const refused = startConnection(api, "mine", { capabilities: [] });
    expect(await refused.codeOf("ReportMetric", counter("jobs", 3))).toBe("PERMISSION_DENIED");
    const text = await render();
    expect(text).toContain(
      'blvm_module_requests_total{module="mine",permission="report_metrics",outcome="allowed"} 2\n',
    );
    expect(text).toContain(
      'blvm_module_requests_total{module="mine",permission="report_metrics",outcome="denied"} 1\n',
    );
  });
});
