import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { ModuleDeliveryStats } from "../../src/bus/index.js";
import { createHost, type Host } from "../../src/host.js";
import { blockFile } from "../kit/host-whole.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { parseScrape } from "../metrics/scrape.js";
import { errorLog } from "./error-log.js";
import { installScript } from "./install-script.js";
import { descriptorLaunch } from "./launch-module.js";

/** What the nine of them do; the functions of hostile-module.mjs. */
export const hostileBehaviours = [
  "neverReads",
  "floodsLogs",
  "floodsRequests",
  "breaksFrames",
  "stopsItself",
  "crashes",
  "spins",
  "sendsGiants",
  "sendsGarbage",
] as const;

export interface NeighbourReport {
  readonly published: number;
  /** What the honest module saw. */
  readonly honest: {
    readonly handled: number;
    readonly lost: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly maxMs: number;
  };
  /** How late this machine served a process that wants next to nothing, meanwhile. */
  readonly idleP99Ms: number;
  /** The longest that the host's event loop stood still. */
  readonly longestStallMs: number;
  /** Lives that each hostile module had. */
  readonly lives: ReadonlyMap<string, number>;
  readonly stats: Readonly<Record<string, ModuleDeliveryStats>>;
  /** That each of them did what it is here for, as the host and the kernel saw it. */
  readonly deeds: HostileDeeds;
  readonly unforeseenErrors: readonly string[];
}

export interface HostileDeeds {
  /** By module: bytes and requests that reached the host. */
  readonly receivedBytes: Readonly<Record<string, number>>;
  readonly requests: Readonly<Record<string, number>>;
  /** Bodies that were no message, of all modules. */
  readonly badBodies: number;
  /** By module: the state of its process, as a letter of proc(5), and its processor time in seconds. */
  readonly processes: Readonly<Record<string, { readonly state: string; readonly cpuSeconds: number }>>;
}

const HONEST = fileURLToPath(new URL("./honest-module.mjs", import.meta.url));
const WITNESS = fileURLToPath(new URL("./idle-witness.mjs", import.meta.url));
const HOSTILE = fileURLToPath(new URL("./hostile-module.mjs", import.meta.url));
const EVENTS_PER_MS = 1;
const REVIVE_AFTER_MS = 100;

/** Hostile modules that come again and again; a run goes on until each had so many lives. */
const revived = [nameOf("crashes"), nameOf("breaksFrames"), nameOf("sendsGarbage")];
const LEAST_LIVES = 3;
/** So much longer may a run take for that, on a machine that is slow to start processes. */
const MOST_TIMES_LONGER = 30;

/**
 * Nine hostile modules and an honest one under one host, which publishes `events` events at 1,000 a second, and more
 * until those that crash came back twice. The honest one has the default window and a channel of `honestCapacity` events.
 */
export async function runHostileNeighbours(events: number, honestCapacity: number): Promise<NeighbourReport> {
  await using dir = await tempDir();
  const modulesDir = join(dir.path, "modules");
  const dataDir = join(dir.path, "data");
  await mkdir(modulesDir);
  const log = errorLog(["module crashed"]);
  await using host = createHost(
    {
      chain: { files: [blockFile("898352.raw")], events_per_second: 0.0001 },
      http: { port: 0 },
      modules: {
        honest: { delivery: { capacity: honestCapacity } },
        data_dir: dataDir,
        modules_dir: modulesDir,
        enabled_modules: [],
        shutdown_ack_ms: 50,
        stop_timeout_ms: 500,
      },
      sandbox: { mode: "off" },
      ipc: { start_timeout_ms: 60_000, handshake_timeout_ms: 20_000 },
    },
    { log },
  );
  await host.start();
  await installScript(modulesDir, "honest", HONEST);
  for (const behaviour of hostileBehaviours) {
    await installScript(modulesDir, nameOf(behaviour), HOSTILE, { behaviour });
  }
  const honest = await descriptorLaunch(host, "honest")();
  await using hostile = reviveForever(host, hostileBehaviours.map(nameOf));
  await hostile.allLoaded;
  const wasBusy = () => revived.every((name) => (hostile.lives.get(name) ?? 0) >= LEAST_LIVES);
  await using witness = startWitness();
  const { published, longestStallMs } = await publishEvenly(host, events, wasBusy);
  const idleP99Ms = await witness.p99Ms();
  const deeds = await deedsOf(host);
  // The honest module is not asked to hurry: its stop waits for what it still has.
  await host.modules.unloadModule("honest");
  await honest.ended;
  return {
    published,
    honest: JSON.parse(await readFile(join(dataDir, "honest", "report.json"), "utf8")),
    idleP99Ms,
    longestStallMs,
    lives: hostile.lives,
    stats: host.delivery.getAllDeliveryStats(),
    deeds,
    unforeseenErrors: log.lines(),
  };
}

async function deedsOf(host: Host): Promise<HostileDeeds> {
  const samples = parseScrape(await (await fetch(`${host.httpUrl}/metrics`)).text());
  const byModule = (name: string, labels: Readonly<Record<string, string>> = {}) => {
    const sums: Record<string, number> = {};
    for (const sample of samples) {
      const isMeant = Object.entries(labels).every(([key, value]) => sample.labels[key] === value);
      const { module = "" } = sample.labels;
      if (sample.name === name && isMeant) sums[module] = (sums[module] ?? 0) + sample.value;
    }
    return sums;
  };
  const faults = (reason: string) => byModule("blvm_ipc_protocol_errors_total", { reason })[""] ?? 0;
  const processes: Record<string, { state: string; cpuSeconds: number }> = {};
  for (const { name, pid } of host.modules.instances) {
    // Some of them come and go.
    const stat = pid === undefined ? undefined : await readFile(`/proc/${pid}/stat`, "utf8").catch(() => {});
    if (stat === undefined) continue;
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    processes[name] = { state: fields[0] ?? "", cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100 };
  }
  return {
    receivedBytes: byModule("blvm_ipc_bytes_total", { direction: "rx" }),
    requests: byModule("blvm_ipc_requests_total"),
    badBodies: faults("bad_msgpack") + faults("bad_schema") + faults("body_limit"),
    processes,
  };
}

interface Witness extends AsyncDisposable {
  /** Ends it. */
  p99Ms(): Promise<number>;
}

function startWitness(): Witness {
  const witness = spawn(process.execPath, [WITNESS], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(witness, "close");
  return {
    p99Ms() {
      witness.stdin.end();
      return text(witness.stdout).then(Number);
    },
    async [Symbol.asyncDispose]() {
      witness.kill("SIGKILL");
      await ended;
    },
  };
}

function nameOf(behaviour: string): string {
  return behaviour.toLowerCase();
}

interface Revival extends AsyncDisposable {
  readonly allLoaded: Promise<unknown>;
  readonly lives: ReadonlyMap<string, number>;
}

/** Starts each module again, a moment after its end, until it is disposed of. */
function reviveForever(host: Host, names: readonly string[]): Revival {
  const lives = new Map<string, number>();
  let isOver = false;
  const launches = names.map((name) => ({ name, launch: descriptorLaunch(host, name) }));
  const firstLives = launches.map(async ({ name, launch }) => ({ name, launch, life: await launch() }));
  const loops = firstLives.map(async (first) => {
    const { name, launch, life } = await first;
    lives.set(name, 1);
    for (let running = life; !isOver; running = await launch()) {
      await running.ended;
      await new Promise((resolve) => setTimeout(resolve, REVIVE_AFTER_MS));
      if (isOver) return;
      lives.set(name, (lives.get(name) ?? 0) + 1);
    }
  });
  return {
    allLoaded: Promise.all(firstLives),
    lives,
    async [Symbol.asyncDispose]() {
      isOver = true;
      for (const instance of host.modules.instances) if (names.includes(instance.name)) instance.kill();
      await Promise.allSettled(loops);
    },
  };
}

/** One event each millisecond, at least `events`; those that a late timer missed follow at once. */
async function publishEvenly(
  host: Host,
  events: number,
  wasBusy: () => boolean,
): Promise<Pick<NeighbourReport, "published" | "longestStallMs">> {
  const startMs = performance.now();
  let lastMs = startMs;
  let longestMs = 0;
  let published = 0;
  const isOver = () => published >= events * MOST_TIMES_LONGER || (published >= events && wasBusy());
  while (!isOver()) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    const now = performance.now();
    longestMs = Math.max(longestMs, now - lastMs);
    lastMs = now;
    const due = Math.floor((now - startMs) * EVENTS_PER_MS);
    for (; published < due; published++) {
      const sentAtMs = Number(process.hrtime.bigint()) / 1e6;
      host.publish("FeeRateChanged", { old_fee_rate: sentAtMs, new_fee_rate: 1, mempool_size: published });
    }
  }
  return { published, longestStallMs: longestMs };
}
