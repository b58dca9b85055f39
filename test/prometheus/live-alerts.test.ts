import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { connectControl } from "../../src/control/index.js";
import { chosen, dashboardFiles, expressionsOf } from "../kit/dashboards.js";
import { type Prometheus, startPrometheus } from "../kit/prometheus.js";
import { grafanaDir, promtool } from "../kit/promtool.js";
import { timeLimitMs } from "../kit/time-limit.js";
import { isMissing } from "../kit/tool.js";
import { startWatchedHost, type WatchedHost } from "../kit/watched-host.js";
import { parseScrape, type ScrapedSample } from "../metrics/scrape.js";

/** What each alert's expression finds in the watched host: modules by name, or what else tells its lines apart. */
const findings: Readonly<Record<string, readonly string[]>> = {
  BlvmHostDown: [],
  BlvmModuleDown: ["dead"],
  BlvmModuleCrashLoop: ["looping"],
  BlvmModuleUnresponsive: ["stuck"],
  BlvmModuleDegraded: ["slow"],
  BlvmModuleMemoryNearLimit: [],
  BlvmSignatureRefused: [],
  BlvmEventsDropped: ["slow"],
  BlvmCriticalEventDropped: [],
  BlvmEventsFailed: [],
  BlvmQueueNearFull: ["slow"],
  BlvmModuleSlow: ["slow"],
  BlvmDeliverySlow: ["slow"],
  BlvmGapsTold: ["slow"],
  BlvmPermissionDenied: ["asker"],
  BlvmIpcProtocolErrors: [],
  BlvmIpcRequestsFailing: [],
  BlvmPublishRejected: [],
  BlvmNoBlocks: [],
  BlvmChainNotSynced: [],
  // The replay takes its block back before it begins anew.
  BlvmChainReorganised: ["the host"],
  BlvmStreamDown: [],
  BlvmStreamLosesItems: ["faulty"],
  BlvmConfigReloadFailed: ["failed"],
};
/** Whose answer depends on how busy this machine is. */
const machineAlerts = ["BlvmHostEventLoopLag"];
/** Panels that find nothing: no module here has hooks, and a replay has no mempool. */
const emptyPanels: readonly string[] = [
  "blvm-module: Questions to its hooks",
  "blvm-chain-host: Transactions in the mempool",
  "blvm-chain-host: Size of the mempool",
];
const boards = [...dashboardFiles().values()];

const rulesOf = (file: string) =>
  (
    parse(readFileSync(join(grafanaDir, "rules", file), "utf8")) as {
      groups: { rules: { alert?: string; record?: string; expr: string }[] }[];
    }
  ).groups.flatMap((group) => group.rules);

describe.skipIf(isMissing("prometheus", "prometheus") || isMissing("setpriv", "util-linux"))(
  "a Prometheus that scrapes a host with slow, dead and healthy modules",
  () => {
    let host: WatchedHost;
    let prometheus: Prometheus;
    const names = async (expr: string) =>
      (await prometheus.query(expr))
        .map(({ labels }) => labels.module ?? labels.outcome ?? labels.pipeline ?? "the host")
        .sort();
    /** The one value of an expression about one module. */
    const single = async (expr: string) => {
      const answer = await prometheus.query(expr);
      expect(answer, expr).toHaveLength(1);
      return answer[0]?.value ?? Number.NaN;
    };

    /** An expression as Grafana asks it; all modules and streams are chosen, unless it says which. */
    const asked = (expr: string, module = ".+") =>
      chosen(expr, {
        instance: new URL(host.url).host,
        ...{ module, event_type: ".+", pipeline: ".+", __rate_interval: "5s", __range: "5m" },
      });
    /** What a panel of a board shows, by the first of some labels. */
    const shown = async (board: string, title: string, module?: string) => {
      const own = boards.filter(({ uid }) => uid === board).flatMap(expressionsOf);
      const found = own.filter((each) => each.title === title);
      if (found.length === 0) throw new Error(`${board} has no panel ${title}`);
      const answers = await Promise.all(found.map(({ expr }) => prometheus.query(asked(expr, module))));
      return found.flatMap(({ legend }, index) =>
        (answers[index] ?? []).map(({ labels, value }) => ({
          name: legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? ""),
          value,
        })),
      );
    };
    const valueNamed = (all: readonly { name: string; value: number }[], name: string) => {
      const found = all.filter((each) => each.name === name);
      expect(found, name).toHaveLength(1);
      return found[0]?.value ?? Number.NaN;
    };

    beforeAll(async () => {
      host = await startWatchedHost();
      prometheus = await startPrometheus({ hostUrl: host.url });
      await prometheus.targetUp();
      await host.reconfigure("[http\n");
      await host.crash("looping");
      await host.crash("looping");
      // The slowest of what is expected: two crashes after the first scrape, silence, and a fault that was read.
      for (const expr of [
        "increase(blvm_module_restarts_total{module='looping',reason='crash'}[5m]) > 1.5",
        "blvm_module_health{module='stuck',state='unresponsive'} == 1",
        "blvm_module_health{module='slow',state='degraded'} == 1",
        "increase(blvm_config_reloads_total{outcome='failed'}[5m]) > 0",
        "increase(blvm_permission_denials_total{module='asker',permission='read_chain_state'}[5m]) > 0",
        "module:blvm_event_delivery_latency_seconds:p99_rate5m{module='slow'} > 0.5",
        "increase(blvm_chain_blocks_disconnected_total[5m]) > 1.5",
        "blvm_module_up{module='looping'} == 1",
        "increase(blvm_pipeline_events_total{pipeline='faulty',direction='error'}[5m]) > 0",
      ]) {
        await prometheus.eventually(expr);
      }
    }, 60_000);

    afterAll(async () => {
      await prometheus?.[Symbol.asyncDispose]();
      await host?.[Symbol.asyncDispose]();
    }, 20_000);

    it("finds with each alert's expression the module that it is about, and no other", async () => {
      // Asked again for some scrapes: at the turn of the replay's round a queue may be empty, the chain not in step.
      await vi.waitFor(
        async () => {
          const found: Record<string, readonly string[]> = {};
          for (const { alert = "", expr } of rulesOf("alerts.yml")) {
            if (!machineAlerts.includes(alert)) found[alert] = await names(expr);
          }
          expect(found).toEqual(findings);
        },
        { timeout: 8000, interval: 500 },
      );
      expect(await prometheus.query('nodejs_eventloop_lag_p99_seconds{job="blvm-streams"}')).toHaveLength(1);
    });

    it("evaluates every rule without an error, and records what is there", async () => {
      const rules = await prometheus.rules();
      expect(rules.filter(({ health }) => health !== "ok")).toEqual([]);
      const records = rulesOf("recording.yml").flatMap(({ record }) => record ?? []);
      expect(rules.map(({ name }) => name)).toEqual(expect.arrayContaining(records));
      const empty: string[] = [];
      for (const record of records) if ((await prometheus.query(record)).length === 0) empty.push(record);
      expect(empty).toEqual([]);
    });

    it("records that the slow module is the one that drops, waits and takes long", async () => {
      const record = (name: string, module: string) => single(`${name}{module="${module}"}`);
      for (const [name, least] of [
        ["module:blvm_events_dropped:rate1m", 1],
        ["module:blvm_events_dropped:ratio_rate5m", 0.5],
        ["module:blvm_event_queue_fill:ratio", 0.5],
        ["module:blvm_event_handler_duration_seconds:p99_rate5m", 0.02],
        ["module:blvm_event_acked_lag:events", 100],
      ] as const) {
        const [slow, quick] = [await record(name, "slow"), await record(name, "quick")];
        expect(slow, name).toBeGreaterThan(least);
        expect(quick, name).toBeLessThan(slow);
      }
      expect(await record("module:blvm_events_dropped:rate1m", "quick")).toBe(0);
      expect(await record("module:blvm_events_delivered:rate1m", "quick")).toBeGreaterThan(
        await record("module:blvm_events_delivered:rate1m", "slow"),
      );
    });

    it("sees the module that died as down and crashed, without resources, and the others with theirs", async () => {
      expect(await single('blvm_module_up{module="dead"}')).toBe(0);
      expect(await single('blvm_module_up{module="quick"}')).toBe(1);
      expect(await names('blvm_module_info{state="Error"}')).toEqual(["dead"]);
      expect(await names('blvm_module_health{state="crashed"} == 1')).toEqual(["dead"]);
      expect(await names("blvm_module_resident_memory_bytes > 0")).toEqual(
        expect.not.arrayContaining(["dead"]),
      );
      for (const name of ["resident_memory_bytes", "open_fds", "cpu_seconds_total", "memory_limit_bytes"]) {
        expect(await single(`blvm_module_${name}{module="quick"}`), name).toBeGreaterThan(0);
      }
      expect(await single('blvm_module_start_duration_seconds_count{module="quick"}')).toBe(1);
      expect(await single("blvm_ipc_connections")).toBe(5);
      expect(await single('blvm_module_heartbeat_rtt_seconds{module="quick"}')).toBeLessThan(10);
    });

    it("adds up at every scrape: what matched is in exactly one of the other books", async () => {
      const books = ["delivered_total", "dropped_total", "failed_total", "filtered_total", "in_flight"]
        .map((name) => `sum by (module, event_type) (blvm_events_${name})`)
        .concat("sum by (module, event_type) (blvm_event_queue_depth)");
      const rest = `sum by (module, event_type) (blvm_events_matched_total) - (${books.join(" + ")})`;
      const pairs = await prometheus.query("blvm_events_matched_total > 0");
      // The one that is dead may have died before its first block.
      expect(pairs.length).toBeGreaterThanOrEqual(5);
      // Of every scrape of the last minute the one that is furthest off, either way.
      for (const worst of ["max", "min"]) {
        const off = await prometheus.query(`${worst}_over_time((${rest})[1m:500ms])`);
        expect(off.map(({ value }) => value)).toEqual(off.map(() => 0));
        expect(off.length).toBeGreaterThanOrEqual(pairs.length);
      }
    });

    it("says the same of every module as the statistics of the command line", async () => {
      const scrape = async () => parseScrape(await (await fetch(`${host.url}/metrics`)).text());
      const before = await scrape();
      using client = await connectControl(host.dataDir);
      const { modules } = (await client.call("stats", {})) as {
        modules: Record<string, Record<string, number>>;
      };
      const after = await scrape();
      const sumOf = (samples: readonly ScrapedSample[], name: string, module: string) =>
        samples
          .filter((sample) => sample.name === name && sample.labels.module === module)
          .reduce((sum, { value }) => sum + value, 0);
      expect(Object.keys(modules).sort()).toEqual(["asker", "dead", "looping", "quick", "slow", "stuck"]);
      for (const [module, stats] of Object.entries(modules)) {
        for (const [key, name] of [
          ["matched", "blvm_events_matched_total"],
          ["delivered", "blvm_events_delivered_total"],
          ["dropped_full", "blvm_events_dropped_total"],
          ["failed", "blvm_events_failed_total"],
          ["filtered", "blvm_events_filtered_total"],
        ] as const) {
          const told = stats[key];
          // The host goes on while it is asked; what is dead does not, and there both are the same number.
          expect(told, `${key} of ${module}`).toBeGreaterThanOrEqual(sumOf(before, name, module));
          expect(told, `${key} of ${module}`).toBeLessThanOrEqual(sumOf(after, name, module));
        }
      }
      expect(sumOf(before, "blvm_events_matched_total", "dead")).toBe(
        sumOf(after, "blvm_events_matched_total", "dead"),
      );
    });

    // A replay that begins anew has no height for a moment, and what was scraped last may be a second old.
    const patience = { timeout: timeLimitMs(10_000), interval: 200 };

    it("has an answer to every expression of every dashboard", async () => {
      const emptyNow = async () => {
        const empty: string[] = [];
        for (const { board, title, expr } of boards.flatMap(expressionsOf)) {
          const module = board === "blvm-module" ? "slow|asker|looping" : ".+";
          if ((await prometheus.query(asked(expr, module))).length === 0) empty.push(`${board}: ${title}`);
        }
        return empty.sort();
      };
      await expect.poll(emptyNow, patience).toEqual([...emptyPanels].sort());
    });

    it("shows on the first board which module drops, which is full, which is down, and which asked too much", async () => {
      const first = (title: string) => shown("blvm-delivery", title);
      const bad = async (title: string, least = 0) =>
        (await first(title)).filter(({ value }) => value > least).map(({ name }) => name);
      expect(Object.fromEntries((await first("Modules")).map(({ name, value }) => [name, value]))).toEqual({
        up: 5,
        down: 1,
        known: 6,
      });
      expect((await bad("Lost by module and reason")).filter((name) => / full/.test(name))).toEqual([
        "slow full",
      ]);
      expect(await bad("How full each channel is", 0.5)).toEqual(["slow"]);
      expect(await bad("Slow modules")).toEqual(["slow"]);
      expect(await bad("Gaps told")).toEqual(["slow"]);
      expect(await bad("Worst share of drops", 0.5)).toEqual(["worst module"]);
      expect(await bad("Restarts within 15 minutes", 1.5)).toEqual(["looping crash"]);
      expect(await bad("Permissions denied")).toEqual(["asker read_chain_state"]);
      const health = await first("Health");
      expect(Object.fromEntries(health.map(({ name, value }) => [name, value]))).toEqual({
        ...{ quick: 0, looping: 0, asker: 0 },
        ...{ slow: 1, stuck: 2, dead: 3 },
      });
      const latency = await first("Delivery latency by module");
      expect(valueNamed(latency, "slow p99")).toBeGreaterThan(valueNamed(latency, "quick p99"));
      const published = valueNamed(await first("Events per second"), "published");
      expect(published).toBeGreaterThan(10);
      expect(await bad("Alerts")).toEqual(expect.arrayContaining(["BlvmModuleCrashLoop"]));
    });

    it("shows on a module's board where its events went, and on the streams' which step fails", async () => {
      for (const [module, isLossy] of [
        ["slow", true],
        ["quick", false],
      ] as const) {
        const accounts = await shown("blvm-module", "Where its events went", module);
        const [matched, dropped] = [valueNamed(accounts, "matched"), valueNamed(accounts, "dropped")];
        expect(matched).toBeGreaterThan(10);
        if (isLossy) expect(dropped).toBeGreaterThan(matched / 2);
        else expect(dropped).toBe(0);
        const lost = await shown("blvm-module", "Lost by type", module);
        expect(lost.some(({ name, value }) => name === "MempoolTransactionAdded full" && value > 0)).toBe(
          isLossy,
        );
      }
      const items = await shown("blvm-pipelines", "Items lost");
      expect(items.filter(({ value }) => value > 0).map(({ name }) => name)).toEqual(["faulty shape error"]);
      const out = await shown("blvm-pipelines", "Items out of steps and sinks");
      expect(valueNamed(out, "whole count")).toBeGreaterThan(0);
      expect(valueNamed(out, "faulty count")).toBe(0);
      // Between two rounds of the replay there is no tip.
      await vi.waitFor(
        async () => expect(valueNamed(await shown("blvm-chain-host", "Height"), "height")).toBeGreaterThan(0),
        { timeout: 8000, interval: 500 },
      );
    });

    it("marks restarts and the faulty configuration on the axis of time, and nothing that did not happen", async () => {
      const [board] = boards;
      const marksNow = async () => {
        const marks: Record<string, readonly string[]> = {};
        for (const { name, expr } of board?.annotations.list ?? []) {
          marks[name] = await names(`max_over_time((${asked(expr)})[2m:1s]) == 1`);
        }
        return marks;
      };
      await expect.poll(marksNow, patience).toEqual({
        "Module restarts": ["looping"],
        "Host restarts": [],
        Configuration: ["failed"],
        // A replay takes its blocks back without a word of a reorganisation.
        Reorganisations: [],
      });
    });

    it("gets a scrape that promtool finds nothing to say about", async () => {
      const scrape = await (await fetch(`${host.url}/metrics`)).text();
      expect(scrape).toContain('blvm_events_matched_total{module="quick",event_type="NewBlock"}');
      expect(scrape).toContain("# TYPE nodejs_active_handles gauge");
      const { code, output } = await promtool(["check", "metrics"], scrape);
      expect({ code, output }).toEqual({ code: 0, output: "" });
    });
  },
);
