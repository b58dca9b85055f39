import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { createDevnetSource, type DevnetSource } from "../../../../src/chain/devnet/devnet-source.js";
import { parseScenario } from "../../../../src/chain/devnet/life/parse-scenario.js";
import { type DevnetOptionsInput, devnetOptions } from "../../../../src/chain/devnet/options.js";
import type { ChainEvent } from "../../../../src/chain/index.js";
import { silentLogger } from "../../../../src/log.js";

const folder = fileURLToPath(new URL("../../../../src/chain/devnet/life/scenarios/", import.meta.url));

/** Plays a scenario of the package on a devnet of its own and gives the events. */
async function played(
  file: string,
  options: DevnetOptionsInput = {},
  look: (source: DevnetSource, events: readonly ChainEvent[]) => Promise<void> = async () => {},
): Promise<ChainEvent[]> {
  const scheduler = new VirtualTimeScheduler();
  const quiet = { activity: false, persist: false, initial_blocks: 110, seed: file };
  const deps = { log: silentLogger, dataDir: "/nowhere", scheduler, wallClockS: () => 1_800_000_000 };
  const source = createDevnetSource(deps, devnetOptions.parse({ ...quiet, ...options }));
  const events: ChainEvent[] = [];
  source.events$.subscribe((event) => events.push(event));
  const started = source.start();
  const beat = setInterval(() => scheduler.flush(), 1);
  scheduler.maxFrames = 1000;
  try {
    await started;
    scheduler.flush();
    events.length = 0;
    source.scenarios?.play(readFileSync(`${folder}${file}`, "utf8"), file);
    scheduler.maxFrames = 60_000;
    scheduler.flush();
    await new Promise((resolve) => setImmediate(resolve));
    const progress = source.scenarios?.progress();
    expect(progress?.error).toBeUndefined();
    expect(progress?.state).toBe("done");
    await look(source, events);
    return events;
  } finally {
    clearInterval(beat);
    await source.close();
  }
}

const count = (events: readonly ChainEvent[], type: ChainEvent["type"]) =>
  events.filter((event) => event.type === type).length;

describe("the scenarios of the package", () => {
  it("are all valid and all played below", () => {
    const files = readdirSync(folder);
    expect(files).toEqual(["double-spend.yaml", "fee-spike.yaml", "misbehaving-peers.yaml"]);
    for (const file of files) parseScenario(readFileSync(`${folder}${file}`, "utf8"), file);
  });

  it("take a payment back three blocks deep: the other spend of its coins is confirmed", async () => {
    const confirmed: string[] = [];
    const events = await played("double-spend.yaml", {}, async (source, told) => {
      for (const { type, payload } of told) {
        if (type !== "NewTransaction") continue;
        if (await source.queries.transaction(payload.tx_hash)) confirmed.push(payload.tx_hash);
      }
    });
    const reorgs = events.flatMap((event) => (event.type === "ChainReorg" ? [event.payload] : []));
    expect(reorgs).toHaveLength(1);
    const at = events.findIndex(({ type }) => type === "ChainReorg");
    const disconnected = events
      .slice(0, at)
      .flatMap(({ type, payload }) => (type === "BlockDisconnected" ? [payload.height] : []));
    expect(disconnected.slice(-3)).toEqual([115, 114, 113]);
    const connected = events
      .slice(at)
      .flatMap(({ type, payload }) => (type === "NewBlock" ? [payload.height] : []));
    expect(connected).toEqual([113, 114, 115, 116]);
    const removed = events.flatMap((event) =>
      event.type === "MempoolTransactionRemoved" ? [event.payload.reason] : [],
    );
    expect(removed).toContain("replaced");
    const [first = "", second = ""] = events.flatMap(({ type, payload }) =>
      type === "NewTransaction" ? [payload.tx_hash] : [],
    );
    expect(confirmed).toEqual([second]);
    expect(confirmed).not.toContain(first);
  });

  it("replace and evict what pays too little when everybody pays more", async () => {
    const events = await played("fee-spike.yaml", { mempool_max_bytes: 10_000 });
    const reasons = new Map<string, number>();
    for (const event of events) {
      if (event.type !== "MempoolTransactionRemoved") continue;
      reasons.set(event.payload.reason, (reasons.get(event.payload.reason) ?? 0) + 1);
    }
    expect(reasons.get("replaced")).toBe(5);
    expect(reasons.get("evicted")).toBeGreaterThan(0);
    expect(reasons.get("confirmed")).toBeGreaterThan(50);
    expect(count(events, "MempoolThresholdExceeded")).toBeGreaterThan(0);
  });

  it("ban peers that misbehave, for a time and for ever, and have the others back", async () => {
    const events = await played("misbehaving-peers.yaml");
    const bans = events.flatMap((event) => (event.type === "PeerBanned" ? [event.payload] : []));
    expect(bans.map(({ ban_duration_seconds }) => ban_duration_seconds)).toEqual([86_400, 600, undefined]);
    expect(count(events, "PeerUnbanned")).toBe(2);
    expect(count(events, "DoSAttackDetected")).toBe(1);
    expect(count(events, "NetworkPartition")).toBe(1);
    expect(count(events, "NetworkReconnected")).toBe(1);
    const refused = events.flatMap((event) =>
      event.type === "BlockValidationCompleted" && !event.payload.success ? [event.payload] : [],
    );
    expect(refused).toHaveLength(1);
  });
});
