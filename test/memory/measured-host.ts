import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ModuleDeliveryStats } from "../../src/bus/index.js";
import { blockFile } from "../kit/host-whole.js";
import { distUrl } from "../kit/process-dist.js";
import { type TempDir, tempDir } from "../kit/process-temp-dir.js";

export interface HostMemory {
  readonly rss: number;
  readonly heapTotal: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
}

export interface PublishStep {
  readonly count: number;
  readonly batch?: number;
  /** The module that each batch waits for until it has room; without one nobody is waited for. */
  readonly paceBy?: string;
  readonly type?: "MempoolTransactionAdded" | "FeeRateChanged";
  /** Bytes of FeeRateChanged that come after each event. */
  readonly apartBytes?: number;
  /** Length of a text in each event. */
  readonly padBytes?: number;
}

/** A host of the built package in a process of its own; the process and its folders go with the scope. */
export interface MeasuredHost extends AsyncDisposable {
  readonly modulesDir: string;
  load(name: string): Promise<void>;
  unload(name: string): Promise<void>;
  attachAndDetach(name: string): Promise<void>;
  publish(step: PublishStep): Promise<void>;
  pids(): Promise<Readonly<Record<string, number>>>;
  stats(name: string): Promise<ModuleDeliveryStats>;
  /** After garbage collection, which the host is made to do for it. */
  memory(): Promise<HostMemory>;
  /** Descriptors that the host's process holds. */
  descriptors(): Promise<number>;
}

const SCRIPT = fileURLToPath(new URL("./measured-host.mjs", import.meta.url));

/**
 * The runtime gives its nursery another size when it thinks fit, and thirty megabytes with it: of one size, it lets
 * everything else show. Garbage is collected before each look: what waits to be is tens of megabytes more or less.
 */
export const STEADY_NURSERY = ["--min-semi-space-size=4", "--max-semi-space-size=4", "--no-memory-reducer"];

/** `flags` are for the runtime. */
export async function startMeasuredHost(flags: readonly string[] = []): Promise<MeasuredHost> {
  distUrl("index.js");
  const dir: TempDir = await tempDir();
  const modulesDir = join(dir.path, "modules");
  await mkdir(modulesDir);
  const config = {
    chain: { files: [blockFile("898352.raw")], events_per_second: 0.0001 },
    http: { port: 0 },
    modules: {
      data_dir: join(dir.path, "data"),
      modules_dir: modulesDir,
      enabled_modules: [],
      shutdown_ack_ms: 20,
      stop_timeout_ms: 100,
      kill_timeout_ms: 2000,
    },
    sandbox: { mode: "off" },
    ipc: { start_timeout_ms: 60_000, handshake_timeout_ms: 20_000 },
  };
  const child = spawn(process.execPath, ["--expose-gc", ...flags, SCRIPT, JSON.stringify(config)], {
    // Otherwise glibc keeps what large buffers leave, 50 MB more or less from one look to the next.
    env: { ...process.env, MALLOC_MMAP_THRESHOLD_: "131072" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { id, result, error } = JSON.parse(line) as { id: number; result?: unknown; error?: string };
    const caller = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) caller?.resolve(result);
    else caller?.reject(new Error(error));
  });
  child.once("exit", () => {
    for (const { reject } of waiting.values()) reject(new Error("the measured host ended"));
  });
  let lastId = 0;
  const run = <Result>(step: string, options: object = {}) =>
    new Promise<Result>((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve: (result) => resolve(result as Result), reject });
      child.stdin.write(`${JSON.stringify({ id, step, ...options })}\n`);
    });
  await run("start");
  return {
    modulesDir,
    load: (name) => run("load", { name }),
    unload: (name) => run("unload", { name }),
    attachAndDetach: (name) => run("attachAndDetach", { name }),
    publish: (options) => run("publish", options),
    pids: () => run("pids"),
    stats: (name) => run("stats", { name }),
    memory: () => run("memory"),
    descriptors: async () => (await readdir(`/proc/${child.pid}/fd`)).length,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) {
        await run("close").catch(() => {});
        child.stdin.end();
        await exited;
      }
      await dir[Symbol.asyncDispose]();
    },
  };
}
