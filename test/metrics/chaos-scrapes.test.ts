import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ModuleDeliveryStats } from "../../src/bus/index.js";
import { logRooms } from "../../src/room-log.js";
import { ModuleIntegration } from "../../src/sdk/index.js";
import { runCommand } from "../cli/run-in-process.js";
import { until } from "../kit/host-until.js";
import { isMissing } from "../kit/tool.js";
import { type ChaosHost, startChaosHost } from "./chaos-host.js";
import { parseScrape, type ScrapedSample } from "./scrape.js";

const CHAOS_MS = 2500;
const SCRAPE_EACH_MS = 50;

/** Of each book of `stats --json` the metric that tells it, and the labels that tell its share of that metric. */
const books = {
  matched: ["blvm_events_matched_total"],
  delivered: ["blvm_events_delivered_total"],
  dropped_full: ["blvm_events_dropped_total"],
  failed_closed: ["blvm_events_failed_total", "closed"],
  failed_serialization: ["blvm_events_failed_total", "serialization"],
  fate_unknown: ["blvm_events_fate_unknown_total"],
  filtered: ["blvm_events_filtered_total"],
  filter_failures: ["blvm_events_filter_failures_total"],
  waiting: ["blvm_event_queue_depth"],
  in_flight: ["blvm_events_in_flight"],
} as const satisfies Record<string, readonly [metric: string, reason?: string]>;
type Book = keyof typeof books;
type Counts = Record<Book, number>;

/** The books of every pair of module and event type in a scrape, by "module/type". */
function booksOf(samples: readonly ScrapedSample[]): Map<string, Counts> {
  const all = new Map<string, Counts>();
  for (const { name, labels, value } of samples) {
    for (const [book, [metric, reason]] of Object.entries(books) as [Book, readonly [string, string?]][]) {
      if (metric !== name || (reason !== undefined && reason !== labels.reason)) continue;
      const key = `${labels.module}/${labels.event_type}`;
      const counts =
        all.get(key) ?? (Object.fromEntries(Object.keys(books).map((each) => [each, 0])) as Counts);
      counts[book] += value;
      all.set(key, counts);
    }
  }
  return all;
}

function imbalanceOf(counts: Counts): number {
  const {
    matched,
    delivered,
    dropped_full,
    failed_closed,
    failed_serialization,
    filtered,
    waiting,
    in_flight,
  } = counts;
  return (
    matched - delivered - dropped_full - failed_closed - failed_serialization - filtered - waiting - in_flight
  );
}

/** Counters by name and labels: what never goes back. Processor time is a process's own, as everywhere. */
function countersOf(samples: readonly ScrapedSample[]): Map<string, number> {
  return new Map(
    samples
      .filter(({ name }) => name.startsWith("blvm_") && /_(total|bucket|sum|count)$/.test(name))
      .filter(({ name }) => name !== "blvm_module_cpu_seconds_total")
      .map(({ name, labels, value }) => [`${name}${JSON.stringify(labels)}`, value]),
  );
}

function sumOf(samples: readonly ScrapedSample[], metric: string): number {
  return samples.reduce((sum, { name, value }) => sum + (name === metric ? value : 0), 0);
}

/** Does something again and again until the time is over, at least twice. */
async function keepOn(untilMs: number, act: (round: number) => Promise<unknown>): Promise<number> {
  let rounds = 0;
  while (rounds < 2 || performance.now() < untilMs) {
    await act(rounds);
    rounds++;
  }
  return rounds;
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe.skipIf(isMissing("setpriv", "util-linux"))("the metrics of a host in chaos", () => {
  let host: ChaosHost;
  beforeAll(async () => {
    host = await startChaosHost();
  }, 30_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
  }, 15_000);

  const scrape = async () => parseScrape(await (await fetch(`${host.url}/metrics`)).text());

  async function runningPid(name: string): Promise<number> {
    let pid: number | undefined;
    await until(`${name} runs`, async () => {
      pid = await host.pidOf(name);
      return pid !== undefined;
    });
    return pid as number;
  }

  /** Kills, stops, reloads, unloads and breaks connections, each again and again, all at the same time. */
  async function wreak(untilMs: number): Promise<void> {
    await Promise.all([
      keepOn(untilMs, async () => {
        const pid = await runningPid("killed");
        process.kill(pid, "SIGKILL");
        await until(
          "it is started again",
          async () => ![undefined, pid].includes(await host.pidOf("killed")),
        );
        await pause(200);
      }),
      keepOn(untilMs, async () => {
        const pid = await runningPid("paused");
        process.kill(pid, "SIGSTOP");
        await pause(300);
        process.kill(pid, "SIGCONT");
        await pause(300);
      }),
      keepOn(untilMs, async () => {
        const { code, stderr } = await runCommand([
          "modules",
          "reload",
          "reloaded",
          "--data-dir",
          host.dataDir,
        ]);
        expect({ code, stderr }).toMatchObject({ code: 0 });
        await pause(200);
      }),
      keepOn(untilMs, async () => {
        await host.ask("unloadmodule", { name: "unloaded" });
        await pause(100);
        await host.ask("loadmodule", { name: "unloaded" });
        await pause(300);
      }),
      keepOn(untilMs, visit),
    ]);
  }

  /** Comes by an attached module's door, takes some events, leaves others, and is gone without a word. */
  async function visit(): Promise<void> {
    const { env, token } = (await host.ask("attachmodule", { name: "visiting" })) as {
      env: Record<string, string>;
      token: string;
    };
    const visitor = await ModuleIntegration.connect({
      socketPath: env.SOCKET_PATH as string,
      moduleId: env.MODULE_ID as string,
      moduleName: env.MODULE_NAME as string,
      version: env.MODULE_CONFIG_VERSION as string,
      token,
    });
    let taken = 0;
    visitor.on("MempoolTransactionAdded", () => {
      taken++;
      return taken > 20 ? pause(20) : undefined;
    });
    await visitor.subscribeEvents(["MempoolTransactionAdded"]);
    await until("it took some", () => taken > 20);
    await pause(100);
    await visitor.close();
    await host.ask("unloadmodule", { name: "visiting" });
  }

  it("balance for every module and type at every scrape, never go back, and end as stats --json", async () => {
    const faults: string[] = [];
    let scrapes = 0;
    let isOver = false;
    let before = new Map<string, number>();
    const check = (samples: readonly ScrapedSample[]) => {
      scrapes++;
      for (const [pair, counts] of booksOf(samples)) {
        if (imbalanceOf(counts) !== 0 || Math.min(...Object.values(counts)) < 0)
          faults.push(`scrape ${scrapes}: ${pair} ${JSON.stringify(counts)}`);
      }
      const published = sumOf(samples, "blvm_events_published_total");
      const last = sumOf(samples, "blvm_event_last_sequence");
      if (published !== last) faults.push(`scrape ${scrapes}: ${published} published, the last is ${last}`);
      const counters = countersOf(samples);
      for (const [series, value] of before) {
        const now = counters.get(series);
        if (now === undefined || now < value) faults.push(`scrape ${scrapes}: ${series} ${value} -> ${now}`);
      }
      before = counters;
    };
    const scraping = (async () => {
      while (!isOver) {
        check(await scrape());
        await pause(SCRAPE_EACH_MS);
      }
    })();
    await wreak(performance.now() + CHAOS_MS);
    isOver = true;
    await scraping;
    expect(faults.slice(0, 10)).toEqual([]);
    expect(scrapes).toBeGreaterThan(15);

    // Without modules nothing changes any more, however much the chain publishes.
    const rows = (await host.ask("listmodules")) as { name: string; state: string }[];
    for (const { name, state } of rows) if (state === "Running") await host.ask("unloadmodule", { name });
    const samples = await scrape();
    check(samples);
    expect(faults).toEqual([]);
    const { code, stdout } = await runCommand(["stats", "--json", "--data-dir", host.dataDir]);
    expect(code).toBe(0);
    const { modules } = JSON.parse(stdout) as { modules: Record<string, ModuleDeliveryStats> };
    const told = Object.entries(modules).flatMap(([module, { by_type }]) =>
      Object.entries(by_type).map(([type, counts]) => [`${module}/${type}`, counts] as const),
    );
    const scraped = booksOf(samples);
    const shown = Object.fromEntries([...scraped].filter(([, { matched }]) => matched > 0));
    expect(shown).toEqual(
      Object.fromEntries(
        told.map(([pair, counts]) => [
          pair,
          Object.fromEntries((Object.keys(books) as Book[]).map((book) => [book, counts[book]])),
        ]),
      ),
    );
    for (const [module, stats] of Object.entries(modules)) {
      for (const book of Object.keys(books) as Book[]) {
        const sum = [...scraped].reduce(
          (all, [pair, counts]) => all + (pair.startsWith(`${module}/`) ? counts[book] : 0),
          0,
        );
        expect(sum, `${book} of ${module}`).toBe(stats[book]);
      }
    }

    // The chaos was one: each kind of it left its traces.
    expect(Object.keys(modules)).toHaveLength(8);
    expect(modules.flooded?.dropped_full).toBeGreaterThan(100);
    expect(modules.paused?.dropped_full).toBeGreaterThan(0);
    expect(modules.picky?.filtered).toBeGreaterThan(100);
    expect(modules.killed?.failed_closed).toBeGreaterThan(0);
    expect(modules.reloaded?.by_type.NewTransaction?.failed_closed).toBeGreaterThan(0);
    expect(modules.visiting?.fate_unknown).toBeGreaterThan(0);
    expect(modules.honest?.delivered).toBeGreaterThan(500);
    const restarts = (module: string, reason: string) =>
      before.get(`blvm_module_restarts_total${JSON.stringify({ module, reason })}`);
    expect(restarts("killed", "crash")).toBeGreaterThanOrEqual(2);
    expect(restarts("reloaded", "reload")).toBeGreaterThanOrEqual(2);
    expect(restarts("unloaded", "manual")).toBeGreaterThanOrEqual(2);
  }, 60_000);

  it("is told in a log whose lines have the documented keys, no secret, and few words of a slow module", async () => {
    const lines = await host.logLines();
    for (const line of lines) {
      expect(line).toMatchObject({
        level: expect.any(Number),
        time: expect.any(Number),
        pid: expect.any(Number),
        room: expect.stringMatching(new RegExp(`^(${logRooms.join("|")})$`)),
        msg: expect.any(String),
      });
    }
    const heights = lines.filter(({ msg }) => String(msg).startsWith("height "));
    expect(heights.length).toBeGreaterThan(0);
    for (const line of heights) {
      expect(line).toMatchObject({ room: "modules", module: expect.any(String), seq: expect.any(Number) });
      expect(line.msg).toMatch(/^height 300025, token=\[redacted\]$/);
    }
    const episodes = lines.filter(({ msg }) => String(msg).startsWith("module flooded was slow for"));
    expect(episodes).toEqual([
      expect.objectContaining({
        ...{
          level: 40,
          room: "modules",
          module: "flooded",
          start: expect.any(String),
          end: expect.any(String),
        },
        ...{
          dropped: expect.any(Number),
          peakWaiting: expect.any(Number),
          peakWaitingMs: expect.any(Number),
        },
        droppedByType: expect.objectContaining({ MempoolTransactionAdded: expect.any(Number) }),
      }),
    ]);
  });
});
