// A whole host with its modules in sandboxes, run by the tests as root and as an ordinary user. It plays one scene after
// another and tells what it saw as one line of JSON. Its arguments: an order as JSON.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exampleEvent } from "../../src/events/index.js";
import { createHost } from "../../src/host.js";
import { readRecording } from "../kit/host-module-folder.js";
import { recordingLog } from "../kit/process-recording-log.js";

export interface HostOrder {
  readonly folder: string;
  readonly moduleFile: string;
  readonly blockFile: string;
}

const { folder, moduleFile, blockFile } = JSON.parse(process.argv[2] ?? "{}") as HostOrder;
const log = recordingLog();
const modulesDir = join(folder, "modules");
const dataDir = join(folder, "data");
const modes = ["record", "stubborn", "spin", "deaf", "crash", "path", "hasty", "still"];
for (const name of modes) {
  mkdirSync(join(modulesDir, name), { recursive: true, mode: 0o755 });
  const manifest = `name = "${name}"\nversion = "1.0.0"\nentry_point = "main.mjs"\ncapabilities = ["subscribe_events"]\n`;
  writeFileSync(join(modulesDir, name, "module.toml"), manifest);
  copyFileSync(moduleFile, join(modulesDir, name, "main.mjs"));
}
const SECRET = "swordfish-5e1f";
const tableOf = (mode: string) => ({
  mode,
  password: SECRET,
  ...(mode === "spin" ? { on_unresponsive: "kill" } : {}),
});
const host = createHost(
  {
    chain: { files: [blockFile], events_per_second: 0.0001 },
    http: { port: 0 },
    sandbox: { mode: "auto" },
    modules: {
      data_dir: dataDir,
      modules_dir: modulesDir,
      enabled_modules: [],
      shutdown_ack_ms: 50,
      stop_timeout_ms: 1000,
      kill_timeout_ms: 300,
      ...Object.fromEntries(modes.map((mode) => [mode, tableOf(mode)])),
      crash: { mode: "crash", restart: { policy: "on-failure", backoff_ms: 50 } },
    },
    delivery: { capacity: 100, window: 256 },
    ipc: { start_timeout_ms: 30_000, heartbeat_ms: 100 },
  } as Parameters<typeof createHost>[0],
  { log },
);

function publish(count: number): number[] {
  return Array.from({ length: count }, () =>
    host.publish("MempoolTransactionAdded", exampleEvent("MempoolTransactionAdded")),
  );
}

async function until(what: string, claim: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!(await claim())) {
    if (performance.now() > endMs)
      throw new Error(`in vain: ${what}; log: ${log.messages().slice(-20).join(" | ")}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function pidOf(name: string): number | undefined {
  return [...host.modules.instances].find((instance) => instance.name === name)?.pid;
}

function delivered(name: string): number {
  return host.delivery.getDeliveryStats(name)?.delivered ?? -1;
}

/** Processes in whose environment a module of this host has its name. */
function processesOf(name: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        const environ = readFileSync(`/proc/${pid}/environ`, "latin1");
        return (
          pid !== process.pid && environ.includes(`MODULE_NAME=${name}\0`) && environ.includes("MODULE_ID=")
        );
      } catch {
        return false;
      }
    });
}

/** What was logged as the reason of a module's last end. */
function endOf(name: string): unknown {
  const ends = ["module crashed", "module stopped", "module stopped by itself"];
  return log.lines.findLast(({ message, fields }) => ends.includes(message) && fields.module === name)?.fields
    .reason;
}

const scenes = {
  async record() {
    await host.modules.loadModule("record");
    const pid = pidOf("record") ?? 0;
    const command = readFileSync(`/proc/${pid}/cmdline`, "latin1");
    const chain = processesOf("record").map((each) => readFileSync(`/proc/${each}/cmdline`, "latin1"));
    const secret = {
      isTold: readFileSync(`/proc/${pid}/environ`, "latin1").includes(SECRET),
      isShown: chain.some((line) => line.includes(SECRET)),
      lines: chain.length,
    };
    const [first] = publish(1);
    await until("it has its first event", () => delivered("record") === 1);
    process.kill(pid, "SIGSTOP");
    await until("it is called unresponsive", () =>
      log.messages().includes("module is unresponsive: it sent nothing for five heartbeats"),
    );
    const seqs = publish(1000);
    const stats = host.delivery.getDeliveryStats("record");
    process.kill(pid, "SIGCONT");
    await until("it catches up", async () => (await readRecording(dataDir, "record")).gaps.length > 0);
    const { seqs: handled, gaps } = await readRecording(dataDir, "record");
    const isInOrder = handled.every((seq, n) => seq === [first, ...seqs][n]);
    const counted = {
      dropped: stats?.dropped_full,
      handled: handled.length,
      lost: gaps[0]?.count,
      isInOrder,
    };
    await host.modules.reloadModule("record");
    const afterReload = pidOf("record");
    publish(1);
    await until(
      "the successor has an event",
      async () => (await readRecording(dataDir, "record")).seqs.length > handled.length,
    );
    await host.modules.unloadModule("record");
    await until("nothing is left", () => processesOf("record").length === 0);
    return { command, secret, ...counted, isReloaded: afterReload !== pid, end: endOf("record") };
  },

  async stubborn() {
    await host.modules.loadModule("stubborn");
    const startMs = performance.now();
    await host.modules.unloadModule("stubborn");
    const tookMs = performance.now() - startMs;
    await until("nothing is left", () => processesOf("stubborn").length === 0);
    return {
      tookMs,
      end: endOf("stubborn"),
      isTold: log.messages().includes("module ignored the stop request and SIGTERM: killed"),
    };
  },

  async still() {
    await host.modules.loadModule("still");
    process.kill(pidOf("still") ?? 0, "SIGSTOP");
    await host.modules.unloadModule("still");
    await until("nothing is left", () => processesOf("still").length === 0);
    return { end: endOf("still") };
  },

  async spin() {
    await host.modules.loadModule("spin");
    publish(1);
    await until("it is killed", () => endOf("spin") !== undefined);
    await until("nothing is left", () => processesOf("spin").length === 0);
    return { end: endOf("spin") };
  },

  async deaf() {
    await host.modules.loadModule("deaf");
    publish(1);
    await until("it is killed", () => endOf("deaf") !== undefined);
    await until("nothing is left", () => processesOf("deaf").length === 0);
    return { end: endOf("deaf") };
  },

  async crash() {
    await host.modules.loadModule("crash");
    const pid = pidOf("crash") ?? 0;
    process.kill(pid, "SIGUSR2");
    await until("it is back", () => {
      const now = pidOf("crash");
      return (
        now !== undefined &&
        now !== pid &&
        log.lines.filter(({ message, fields }) => message === "module is loaded" && fields.module === "crash")
          .length === 2
      );
    });
    const end = endOf("crash");
    await host.modules.unloadModule("crash");
    return { end };
  },

  async path() {
    await host.modules.loadModule("path");
    publish(1);
    await until("it has its first event", () => delivered("path") === 1);
    process.kill(pidOf("path") ?? 0, "SIGUSR2");
    const connections = () =>
      log.lines.filter(({ message, fields }) => message === "module connected" && fields.module === "path");
    await until("it is back", () => connections().length === 2);
    await until("it has events again", async () => {
      publish(1);
      return (await readRecording(dataDir, "path")).seqs.length > 1;
    });
    await host.modules.unloadModule("path");
    return { doors: connections().map(({ fields }) => fields.door), end: endOf("path") };
  },

  /** Stopped at different moments of its start. */
  async hasty() {
    const outcomes = new Set<string>();
    for (const delayMs of [0, 3, 8, 15, 25, 40, 80]) {
      const loading = host.modules.loadModule("hasty").then(
        () => "loaded",
        (error: { code?: string }) => error.code ?? String(error),
      );
      const instance = () => [...host.modules.instances].find(({ name }) => name === "hasty");
      await until("it begins", () => instance() !== undefined);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await instance()?.stop("unload");
      outcomes.add(await loading);
      await until("it is off the list", () =>
        [...host.modules.instances].every(({ name }) => name !== "hasty"),
      );
    }
    await until("nothing is left", () => processesOf("hasty").length === 0);
    return { outcomes: [...outcomes] };
  },
};
/** What the scenes found, by their names. */
export type HostFindings = {
  readonly [Name in keyof typeof scenes]: Awaited<ReturnType<(typeof scenes)[Name]>>;
};

await host.start();
const found: Record<string, unknown> = {};
for (const [name, scene] of Object.entries(scenes)) found[name] = await scene();
await host.close();
process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit(0));
