import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DevnetSource } from "../../src/chain/devnet/devnet-source.js";
import { chainOptions, createReplaySource, parseBlock } from "../../src/chain/index.js";
import type { EventPayload } from "../../src/events/index.js";
import { deliveryReading } from "../../src/host/delivery-reading.js";
import { silentLogger } from "../../src/log.js";
import { noModules } from "../../src/node-api/index.js";
import type { ModuleHealth } from "../../src/requests/index.js";
import { readStream, testStream } from "../../src/streams/index.js";
import { ModuleMonitor } from "../../src/supervisor/monitor/module-monitor.js";
import { realBlock, realBlockBytes, realBlockFile } from "../chain/real-blocks.js";
import { openTestPipeline, realBus } from "../kit/real-bus.js";
import { startDevnet } from "../kit/start-devnet.js";
import { Receiver } from "../kit/streams-receiver.js";
import {
  type HeardEvent,
  heardFrom,
  nodeQuery,
  playShipped,
  shippedNames,
  shippedText,
} from "../kit/streams-shipped.js";
import { monitorStage, roundLimits, scriptedReader, settle } from "../supervisor/monitor/monitor-stage.js";

const page = readFileSync(new URL("../../docs/streams-shipped.md", import.meta.url), "utf8");
const SECOND = 1000;
const MINUTE = 60 * SECOND;

let folder = "";
let devnet: DevnetSource;
/** What the devnet said of everything that a test did to it so far. */
let heard: HeardEvent[];
let nowMs = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "blvm-shipped-"));
  devnet = await startDevnet({ seed: "shipped streams", initial_blocks: 130, peers: 0 });
  heard = heardFrom(devnet, () => nowMs);
});
afterAll(async () => {
  await devnet?.close();
  await rm(folder, { recursive: true, force: true });
});

/** What the devnet says while `work` is done to it, from time 0 on. */
async function onDevnet(work: () => void | Promise<void>): Promise<readonly HeardEvent[]> {
  nowMs = 0;
  const from = heard.length;
  await work();
  return heard.slice(from);
}

function pay(feeRateSatPerVb: number, isReplaceable = false): string {
  return devnet.actions.pay({ valueSat: 100_000, feeRateSatPerVb, isReplaceable }).transaction.txid;
}

/** What a node says of a real block, as it is replayed: its transactions within half a minute, then the block. */
async function onRealBlock(heightBlocks: number) {
  const options = chainOptions.parse({ events_per_second: 0, files: [realBlockFile(heightBlocks)] });
  const source = createReplaySource({ log: silentLogger }, options);
  let count = 0;
  const said = heardFrom(source, () => Math.min(30 * SECOND, ++count * 5));
  await source.start();
  await source.finished;
  return { source, said };
}

describe.each(shippedNames)("The shipped stream %s", (name) => {
  const prepared = readStream(shippedText(name), `${name}.yaml`);

  it("bears the name of its file, and says what it is for", () => {
    expect(prepared.name).toBe(name);
    expect(prepared.description).toMatch(/^[A-Z].*\.$/);
    expect(prepared.tests.length).toBeGreaterThan(0);
    expect(page).toContain(`| [${name}](../streams/${name}.yaml) | ${prepared.description} |`);
  });

  it.each(prepared.tests.map((test) => [test.name, test] as const))("%s", (_name, test) => {
    expect(testStream(prepared, test)).toMatchObject({ isPassed: true });
  });
});

describe("On a chain", () => {
  it("large-fees tells of the transactions that pay more than its limit", async () => {
    const txids: string[] = [];
    const said = await onDevnet(() => {
      for (const rate of [10, 80, 20, 120]) txids.push(pay(rate));
    });
    const told = await playShipped("large-fees", said);
    expect(told).toEqual([
      { txid: txids[1], fee_rate: expect.closeTo(80, 0), waiting: expect.any(Number) },
      { txid: txids[3], fee_rate: expect.closeTo(120, 0), waiting: expect.any(Number) },
    ]);
    const higher = await playShipped("large-fees", said, { adapt: { ">= 50.0": ">= 100.0" } });
    expect(higher).toEqual([told[1]]);
  });

  it("fee-rate-percentile follows what is paid", async () => {
    const paid = (rates: readonly number[]) =>
      onDevnet(() => {
        for (const rate of rates) {
          nowMs += SECOND;
          pay(rate);
        }
      });
    const percentiles = async (rates: readonly number[]) =>
      playShipped("fee-rate-percentile", await paid(rates), { afterwardsMs: MINUTE });
    expect(await percentiles([2, 4, 6, 8, 10])).toEqual([percentilesOf(2.8, 6, 9.2)]);
    expect(await percentiles([20, 40, 60, 80, 100])).toEqual([percentilesOf(28, 60, 92)]);
  });

  it("block-interval-alarm tells how long there was no block since which height", async () => {
    const blocks = (silentMinutes: number) =>
      onDevnet(() => {
        devnet.actions.mine(1);
        nowMs += silentMinutes * MINUTE;
        devnet.actions.mine(1);
      });
    const short = await blocks(39);
    expect(await playShipped("block-interval-alarm", short)).toEqual([]);
    const long = await blocks(65);
    expect(await playShipped("block-interval-alarm", long)).toEqual([
      { alarm: "no block", minutes: 40, alarms: 1, height: devnet.actions.tip.heightBlocks - 1 },
      { alarm: "no block", minutes: 60, alarms: 2, height: devnet.actions.tip.heightBlocks - 1 },
    ]);
  });

  it("reorg-alarm tells the depth of a reorganisation, and keeps it in a file", async () => {
    const reorganized = async (depth: number) => {
      let tips = { oldTip: "", newTip: "" };
      const said = await onDevnet(() => {
        devnet.actions.mine(3);
        tips = devnet.actions.reorganize(depth);
      });
      const filesDir = join(folder, `depth-${depth}`);
      const told = await playShipped("reorg-alarm", said, { ports: { filesDir } });
      const kept = await readFile(join(filesDir, "reorgs.ndjson"), "utf8").catch(() => "");
      expect(kept).toBe(told.map((line) => `${JSON.stringify(line)}\n`).join(""));
      // The branch that won is one block longer than the part that it took the place of.
      const from_height = devnet.actions.tip.heightBlocks - depth;
      return { told, wanted: { depth, from_height, old_tip: tips.oldTip, new_tip: tips.newTip } };
    };
    expect((await reorganized(1)).told).toEqual([]);
    for (const depth of [2, 3]) {
      const { told, wanted } = await reorganized(depth);
      expect(told).toEqual([wanted]);
    }
  });

  it("mempool-flood tells of a real block's transactions when they come within half a minute", async () => {
    const big = await onRealBlock(413567);
    const { transactions } = realBlock(413567);
    const told = await playShipped("mempool-flood", big.said, { afterwardsMs: 2 * MINUTE });
    expect(told).toEqual([
      { state: "high", per_second: 20, count: 1201 },
      { state: "normal", per_second: expect.any(Number), count: expect.any(Number) },
    ]);
    expect(transactions).toBeGreaterThan(1201);
    const small = await onRealBlock(482683);
    expect(await playShipped("mempool-flood", small.said, { afterwardsMs: 2 * MINUTE })).toEqual([]);
    await Promise.all([big.source.close(), small.source.close()]);
  });

  it("slow-module-alarm tells why a module is slow when it loses events, and when it no longer does", async () => {
    const stage = monitorStage();
    const { reader } = scriptedReader();
    const bus = realBus();
    // Nobody reads the module's channel: it is full with the second event.
    const { pipeline } = openTestPipeline(bus, "sleepy", { capacity: 1, window: 1 });
    bus.subscribe(pipeline, "NewBlock");
    const monitor = new ModuleMonitor(
      {
        ...stage,
        progressOf: () => ({ answered: [], pending: [] }),
        onLimit() {},
        kill() {},
        readProc: () => reader,
        readSpace: async () => ({ availableBytes: 50, totalBytes: 100 }),
        measureLag: () => ({ takeP99Ms: () => 1, close() {} }),
      },
      {
        dataDir: folder,
        healthCheckIntervalMs: MINUTE,
        maintenanceIntervalMs: 60 * MINUTE,
        diskLowPercent: 1,
      },
    );
    monitor.watch({
      ...{ name: "sleepy", pid: () => undefined, dataDir: folder, limits: roundLimits },
      onUnresponsive: "report",
      delivery: () => deliveryReading(bus, "sleepy"),
    });
    const starting = monitor.start();
    await settle();
    await starting;
    const healths: ModuleHealth[] = [];
    const changes = () => stage.only("ModuleHealthChanged");
    const pass = async (seconds: number) => {
      for (let second = 0; second < seconds; second++) {
        const before = changes().length;
        stage.clock.advanceMs(SECOND);
        await settle(2);
        const health = monitor.figures().get("sleepy")?.health;
        if (changes().length > before)
          healths.push(health?.state === "degraded" ? { Degraded: health.reason } : "Healthy");
      }
    };
    await pass(3);
    expect(changes()).toEqual([]);
    for (let height = 0; height < 10; height++)
      bus.publish("NewBlock", { block_hash: "00".repeat(32), height });
    await pass(15);
    const query = nodeQuery(undefined, { ...noModules, healthOf: () => healths.shift() });
    const change = { module: "sleepy", was: "healthy", is: "degraded" };
    expect(await playShipped("slow-module-alarm", changes(), { ports: { query } })).toEqual([
      { ...change, why: expect.stringMatching(/lost|behind|slow/) },
      { ...change, was: "degraded", is: "healthy", why: "" },
    ]);
    await monitor.close();
    bus.close();
  });

  it("double-spend-watch tells replacements from coins that a block spent otherwise", async () => {
    let replaced = "";
    let lost = "";
    const said = await onDevnet(async () => {
      replaced = pay(10, true);
      const bytes = (await devnet.queries.mempoolTransaction(replaced)) ?? new Uint8Array();
      lost = devnet.actions.bump(replaced, 40).transaction.txid;
      devnet.actions.mineExactly([Buffer.from(bytes).toString("hex")]);
    });
    expect(await playShipped("double-spend-watch", said)).toEqual([
      { txid: replaced, how: "replaced", severity: "low" },
      { txid: lost, how: "conflict", severity: "high" },
    ]);
    const quiet = await onDevnet(() => {
      pay(10);
      devnet.actions.mine(1);
    });
    expect(await playShipped("double-spend-watch", quiet)).toEqual([]);
  });

  it("address-watch tells what a real block pays to a script, and in which transaction", async () => {
    const { source, said } = await onRealBlock(482683);
    const query = nodeQuery(source);
    const block = parseBlock(realBlockBytes(482683));
    const outputs = block.transactions.slice(1).flatMap(({ txid, outputs }) =>
      outputs.map(({ scriptPubKey, valueSat }) => ({
        txid,
        sats: valueSat,
        script: Buffer.from(scriptPubKey).toString("hex"),
      })),
    );
    const told = (script: string) =>
      playShipped("address-watch", said, {
        adapt: { "0014751e76e8199196d454941c45d1b3a323f1433bd6": script },
        ports: { query },
      });
    for (const { script } of [outputs[0], outputs.at(-1)] as typeof outputs) {
      const wanted = outputs.filter((output) => output.script === script);
      expect(await told(script)).toEqual(wanted);
      expect(wanted.length).toBeGreaterThan(0);
    }
    expect(await told("6a")).toEqual([]);
    await source.close();
  });

  it("peer-churn tells how many peers were lost, and for which reasons", async () => {
    const lost = (reasons: readonly ("timeout" | "error")[]) =>
      onDevnet(() => {
        const addresses = reasons.map((_, index) => `203.0.113.${index + 1}:8333`);
        for (const address of addresses)
          devnet.actions.connectPeer({ address, transport: "tcp", services: 9n, version: 70016 });
        for (const [index, address] of addresses.entries()) {
          nowMs += SECOND;
          devnet.actions.disconnectPeer(address, reasons[index] ?? "error");
        }
      });
    const told = async (reasons: readonly ("timeout" | "error")[]) =>
      playShipped("peer-churn", await lost(reasons), { afterwardsMs: 5 * MINUTE });
    expect(await told(["timeout", "error"])).toEqual([]);
    const many = ["timeout", "timeout", "error", "timeout"] as const;
    expect(await told(many)).toEqual([{ came: 4, left: 4, banned: 0, reasons: many }]);
  });

  it("confirmations-webhook sends what is six deep, signed, and takes it back after a deeper reorganisation", async () => {
    await using receiver = await Receiver.start(200);
    let first: readonly string[] = [];
    let second: readonly string[] = [];
    const from = devnet.actions.tip.heightBlocks + 1;
    const said = await onDevnet(() => {
      first = devnet.actions.mine(7);
      devnet.actions.reorganize(7);
      second = devnet.actions.mine(1);
    });
    const env = { CONFIRMATIONS_URL: receiver.url, CONFIRMATIONS_SECRET: "between us" };
    expect(await playShipped("confirmations-webhook", said, { ports: { env, filesDir: folder } })).toEqual(
      [],
    );
    const blocks = said.flatMap(({ type, payload }) =>
      type === "NewBlock" ? [payload as EventPayload<"NewBlock">] : [],
    );
    const won = blocks.slice(first.length);
    expect(won.at(-1)?.block_hash).toBe(second[0]);
    const confirmed = (list: typeof blocks, count: number) =>
      list.slice(0, count).map((block) => ({ what: "confirmed", ...block }));
    expect(receiver.received.map(({ body }) => JSON.parse(body))).toEqual([
      ...confirmed(blocks, 2),
      { what: "taken back", height: from + 1, block_hash: first[1] },
      { what: "taken back", height: from, block_hash: first[0] },
      ...confirmed(won, won.length - 5),
    ]);
    for (const { headers, body } of receiver.received) {
      const [, seconds = "", mac] = /^t=(\d+),v1=(\w+)$/.exec(String(headers["x-blvm-signature"])) ?? [];
      const signed = `${seconds}.${headers["x-blvm-delivery"]}.${body}`;
      expect(createHmac("sha256", "between us").update(signed).digest("hex")).toBe(mac);
    }
  });
});

function percentilesOf(p10: number, p50: number, p90: number) {
  const near = (wanted: number) => expect.closeTo(wanted, 0);
  return { count: 5, p10: near(p10), p50: near(p50), p90: near(p90) };
}
