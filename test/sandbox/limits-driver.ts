// Lets modules take what they can get, all at once, beside one that receives a thousand events a second, and tells what
// became of them as one line of JSON: run by the tests as root and as an ordinary user.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { getPriority } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { EventBus } from "../../src/bus/index.js";
import { parseConfig, settingsOf } from "../../src/config.js";
import { exampleEvent } from "../../src/events/index.js";
import { ModuleCare } from "../../src/host/module-care.js";
import { createEventEncoder, createMessagePackCodec, HOST_BODY_LIMITS } from "../../src/ipc/index.js";
import { silentLogger } from "../../src/log.js";
import { bareDependencies, createNodeApi, noModules } from "../../src/node-api/index.js";
import { Sandbox } from "../../src/sandbox/index.js";
import { measureDirectory } from "../../src/security/index.js";
import { ModuleManager } from "../../src/supervisor/index.js";

export interface HogFindings {
  /** Why it ended; null while it runs. */
  readonly reason: string | null;
  /** Most that its processes had resident, each by the kernel's own count, added up. */
  readonly peakBytes: number;
  /** What it wrote down of a refusal. */
  readonly got: { readonly code: string; readonly bytes?: number } | null;
  readonly dataBytes: number | undefined;
  /** What lies in its data directory when all is over. */
  readonly leftBytes: number | undefined;
  readonly files: number | undefined;
  readonly children: number;
  readonly limits: string;
  /** Of its threads. */
  readonly priorities: readonly number[];
  /** Of its session, where the kernel shares out processor time by sessions. */
  readonly sessionPriority: number | undefined;
}

export interface LimitsFindings {
  readonly hogs: Readonly<Record<string, HogFindings>>;
  readonly neighbour: { readonly delivered: number; readonly dropped: number; readonly state: string };
  readonly crashes: Readonly<Record<string, string>>;
  readonly warned: readonly string[];
  readonly hostGrowthBytes: number;
  /** The most that a timer of the host came late: so much later it sees what modules do. */
  readonly lateMs: number;
  /** The most that a thread without other work came late. */
  readonly threadLateMs: number;
  readonly seconds: number;
}

export interface LimitsOrder {
  readonly folder: string;
  /** The module and the SDK that it is made of. */
  readonly hogFile: string;
  readonly sdkFile: string;
  readonly hogs: readonly string[];
  /** Hogs that are no JavaScript: their files, the entry point first. */
  readonly programs: Readonly<Record<string, readonly string[]>>;
  readonly timeLimitMs: number;
}

const MIB = 1024 * 1024;
const startedMs = performance.now();
const order = JSON.parse(process.argv[2] ?? "{}") as LimitsOrder;
const modulesDir = join(order.folder, "modules");
const dataDir = join(order.folder, "data");
const names = ["neighbour", ...order.hogs];

for (const name of names) {
  const folder = join(modulesDir, name);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const files = order.programs[name] ?? [order.hogFile, order.sdkFile];
  for (const file of files) copyFileSync(file, join(folder, basename(file)));
  const manifest = [`name = "${name}"`, 'version = "1.0.0"', `entry_point = "${basename(files[0] ?? "")}"`];
  manifest.push('capabilities = ["subscribe_events", "spawn_processes"]');
  writeFileSync(join(folder, "module.toml"), manifest.join("\n"));
}

const limits = {
  max_memory_bytes: 128 * MIB,
  max_data_bytes: 64 * MIB,
  max_file_bytes: 16 * MIB,
  max_files: 100,
  max_file_descriptors: 64,
  max_cpu_percent: 10_000,
};
const special: Readonly<Record<string, Partial<typeof limits>>> = {
  spinner: { max_cpu_percent: 5 },
  // Three runtimes at rest have 150 MiB.
  children: { max_memory_bytes: 256 * MIB },
  // At full speed: a tenth of it is written in some 20 ms.
  data: { max_files: 1000, max_data_bytes: 256 * MIB },
};
const config = parseConfig({
  modules: {
    data_dir: dataDir,
    modules_dir: modulesDir,
    neighbour: { hog: "neighbour", delivery: { capacity: 10_000 }, limits: { max_cpu_percent: 10_000 } },
    ...Object.fromEntries(
      order.hogs.map((hog) => [
        hog,
        {
          hog,
          delivery: { capacity: 10_000 },
          limits: { ...limits, ...special[hog] },
          sandbox: { allow_spawn_processes: hog === "children" },
        },
      ]),
    ),
  },
});

const bus = new EventBus({
  encode: createEventEncoder(createMessagePackCodec(HOST_BODY_LIMITS)),
  log: silentLogger,
});
const crashes: Record<string, string> = {};
const warned = new Set<string>();
bus.all$.subscribe(({ type, payload }) => {
  if (type === "ModuleCrashed") crashes[payload.module_name] = payload.error;
  if (type === "ResourceLimitWarning") warned.add(payload.resource_type);
});
const care: ModuleCare = new ModuleCare(
  { bus, log: silentLogger, config: () => config, modules: () => manager },
  [modulesDir],
);
const manager: ModuleManager = new ModuleManager({
  modulesDir,
  dataDir,
  bus,
  serve: createNodeApi(
    bareDependencies({
      publish: (type, payload, source) => bus.publish(type, payload, source),
      modules: noModules,
      dataDirOf: (name) => join(dataDir, name),
      log: silentLogger,
    }),
  ).serve,
  nodeVersion: "0.0.0-test",
  settingsOf: (name) => settingsOf(config, name),
  observer: care,
  openSandbox: () =>
    Sandbox.open(
      { log: silentLogger },
      { ...config.sandbox, mode: "auto", privateDir: join(dataDir, ".sandbox") },
    ),
  log: silentLogger,
  stopTimeoutMs: 500,
  killTimeoutMs: 500,
});

/** The highest that each process of a module ever had resident. */
const peaks = new Map<string, Map<number, number>>();

function family(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const pid of readdirSync("/proc").map(Number).filter(Number.isInteger)) {
    const stat = read(`/proc/${pid}/stat`);
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function notePeaks(): void {
  for (const { name, pid } of manager.instances) {
    if (pid === undefined) continue;
    const own = peaks.get(name) ?? new Map<number, number>();
    peaks.set(name, own);
    const pids = name === "children" ? family(pid) : [pid];
    for (const each of pids) {
      const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${each}/status`)) ?? [];
      if (kib !== undefined) own.set(each, Math.max(own.get(each) ?? 0, Number(kib) * 1024));
    }
  }
}

function prioritiesOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => getPriority(Number(thread)));
  } catch {
    return [];
  }
}

function sessionPriorityOf(pid: number): number | undefined {
  const [, priority] = / nice (-?\d+)$/m.exec(read(`/proc/${pid}/autogroup`)) ?? [];
  return priority === undefined ? undefined : Number(priority);
}

await manager.start();
await care.start();
// Programs that are no JavaScript take what they can get while others are still loaded.
const peakChildren = { count: 0 };
const peakWatching = setInterval(() => {
  notePeaks();
  peakChildren.count = Math.max(peakChildren.count, care.monitor.figures().get("children")?.children ?? 0);
}, 10);
await Promise.all(names.map((name) => manager.loadModule(name)));
let hostPeakBytes = 0;
const hostBeforeBytes = process.memoryUsage.rss();
const watching = setInterval(() => {
  hostPeakBytes = Math.max(hostPeakBytes, process.memoryUsage.rss());
}, 10);
let lateMs = 0;
let lookedAtMs = performance.now();
const looking = setInterval(() => {
  const nowMs = performance.now();
  lateMs = Math.max(lateMs, nowMs - lookedAtMs - 20);
  lookedAtMs = nowMs;
}, 20);
const threadLateMs = new Int32Array(new SharedArrayBuffer(4));
const thread = new Worker(
  `const { workerData: late } = require("node:worker_threads");
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (let before = performance.now(), now; ; before = now) {
    Atomics.wait(never, 0, 0, 1);
    now = performance.now();
    late[0] = Math.max(late[0], now - before - 1);
  }`,
  { eval: true, workerData: threadLateMs },
);
let published = 0;
const publishedFromMs = performance.now();
const publishing = setInterval(() => {
  const due = Math.floor(performance.now() - publishedFromMs);
  for (; published < due; published++)
    bus.publish("MempoolTransactionAdded", exampleEvent("MempoolTransactionAdded"));
}, 5);

const survivors = new Set(["tmp", "shm", "one", "descriptors"]);
const got = (name: string) => {
  const text = read(join(dataDir, name, "got.json"));
  return text === "" ? null : (JSON.parse(text) as HogFindings["got"]);
};
const pidOf = (name: string) => [...manager.instances].find((instance) => instance.name === name)?.pid;
const isDone = (name: string) => {
  if (survivors.has(name)) return got(name) !== null;
  if (name !== "spinner") return crashes[name] !== undefined;
  const pid = pidOf(name);
  // The kernel takes ten orders for sessions a second from all: the host asks again a second later.
  const isBehind = pid !== undefined && sessionPriorityOf(pid) !== 0;
  return isBehind && prioritiesOf(pid).every((priority) => priority > 0);
};
while (!order.hogs.every(isDone) && performance.now() - startedMs < order.timeLimitMs) await wait(20);
clearInterval(publishing);
clearInterval(watching);
clearInterval(peakWatching);
clearInterval(looking);
await thread.terminate();

const hogs: Record<string, HogFindings> = {};
for (const name of order.hogs) {
  const pid = pidOf(name);
  const figures = care.monitor.figures().get(name);
  const own = [...(peaks.get(name)?.values() ?? [])];
  const { reason, state } = await manager.describeModule(name);
  hogs[name] = {
    reason: state === "Error" ? (reason ?? "") : null,
    peakBytes: own.reduce((sum, each) => sum + each, 0),
    got: got(name),
    dataBytes: figures?.dataBytes,
    leftBytes: (await measureDirectory(join(dataDir, name)))?.sizeBytes,
    files: figures?.files,
    children: name === "children" ? peakChildren.count : 0,
    limits: pid === undefined ? "" : read(`/proc/${pid}/limits`),
    priorities: pid === undefined ? [] : prioritiesOf(pid),
    sessionPriority: pid === undefined ? undefined : sessionPriorityOf(pid),
  };
}
// What was published last is on its way.
const untilMs = performance.now() + 2000;
const stats = () => bus.books.getDeliveryStats("neighbour");
while ((stats()?.delivered ?? 0) < published && performance.now() < untilMs) await wait(10);
const findings: LimitsFindings = {
  hogs,
  neighbour: {
    delivered: (stats()?.delivered ?? 0) - published,
    dropped: (stats()?.dropped_full ?? 0) + (stats()?.failed_closed ?? 0),
    state: (await manager.describeModule("neighbour")).state,
  },
  crashes,
  warned: [...warned].sort(),
  lateMs,
  threadLateMs: threadLateMs[0] ?? 0,
  hostGrowthBytes: hostPeakBytes - hostBeforeBytes,
  seconds: (performance.now() - startedMs) / 1000,
};
await care.close();
await manager.close();
bus.close();
process.stdout.write(JSON.stringify(findings));
