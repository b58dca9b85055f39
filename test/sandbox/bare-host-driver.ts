// A whole host where bubblewrap can do nothing, and one module through its lives, run by the tests as root and as an ordinary
// user: tells what it saw as one line of JSON. Its argument: an order as JSON.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exampleEvent } from "../../src/events/index.js";
import { createHost } from "../../src/host.js";
import { readRecording } from "../kit/host-module-folder.js";
import { recordingLog } from "../kit/process-recording-log.js";

export interface BareOrder {
  readonly folder: string;
  readonly moduleFile: string;
  readonly blockFile: string;
}

export interface BareFindings {
  /** What was said of the layers when the host started. */
  readonly warnings: readonly string[];
  /** User ids of everything that the module was, in all its lives. */
  readonly uids: readonly number[];
  /** Of each life: processes outside of the module's session while it ran, and of all of its processes afterwards. */
  readonly lives: Readonly<Record<string, { readonly away: number; readonly left: number }>>;
  /** Numbers of the events that were published to a running module, and that it handled. */
  readonly published: readonly number[];
  readonly handled: readonly number[];
  readonly ends: readonly unknown[];
}

const NAME = "leaver";
const { folder, moduleFile, blockFile } = JSON.parse(process.argv[2] ?? "{}") as BareOrder;
const log = recordingLog();
const modulesDir = join(folder, "modules");
const dataDir = join(folder, "data");
mkdirSync(join(modulesDir, NAME), { recursive: true, mode: 0o755 });
const manifest = [`name = "${NAME}"`, 'version = "1.0.0"', 'entry_point = "main.mjs"'];
manifest.push('capabilities = ["subscribe_events", "spawn_processes"]');
writeFileSync(join(modulesDir, NAME, "module.toml"), manifest.join("\n"));
copyFileSync(moduleFile, join(modulesDir, NAME, "main.mjs"));
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
      [NAME]: {
        mode: NAME,
        sandbox: { allow_spawn_processes: true },
        restart: { policy: "on-failure", backoff_ms: 20 },
      },
    },
    ipc: { start_timeout_ms: 30_000 },
  } as Parameters<typeof createHost>[0],
  { log },
);

async function until(what: string, claim: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!(await claim())) {
    if (performance.now() > endMs)
      throw new Error(`in vain: ${what}; ${log.messages().slice(-9).join(" | ")}`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

const instance = () => [...host.modules.instances].find(({ name }) => name === NAME);
const idOf = () => instance()?.moduleId ?? "";
const loads = () => log.messages().filter((message) => message === "module is loaded").length;

/** Pids of what began with a module's id in its environment and runs still. */
function processesOf(id: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "latin1").includes(`MODULE_ID=${id}\0`);
      } catch {
        return false;
      }
    });
}

function sessionOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3];
}

const published: number[] = [];
const uids = new Set<number>();
const lives: Record<string, { away: number; left: number }> = {};

/** Looks at a running module, has it handle an event, and ends this life of it. */
async function live(name: string, end: () => Promise<unknown>): Promise<void> {
  const id = idOf();
  const pids = processesOf(id);
  const session = String(instance()?.pid);
  const away = pids.filter((pid) => sessionOf(pid) !== session).length;
  for (const pid of pids) {
    const line = /^Uid:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? "";
    for (const uid of line.split(/\s+/)) uids.add(Number(uid));
  }
  published.push(host.publish("MempoolTransactionAdded", exampleEvent("MempoolTransactionAdded")));
  await until("the event is handled", async () => {
    return (await readRecording(dataDir, NAME)).seqs.length === published.length;
  });
  await end();
  lives[name] = { away, left: processesOf(id).length };
}

await host.start();
await host.modules.loadModule(NAME);
await live("reload", () => host.modules.reloadModule(NAME));
await live("crash", async () => {
  const before = loads();
  process.kill(instance()?.pid ?? 0, "SIGUSR2");
  await until("it is back", () => loads() > before);
});
await live("kill", async () => {
  const before = loads();
  process.kill(instance()?.pid ?? 0, "SIGKILL");
  await until("it is back", () => loads() > before);
});
await live("stop", () => host.modules.unloadModule(NAME));
await host.modules.loadModule(NAME);
await live("stop of the host", () => host.close());
const endings = ["module crashed", "module stopped", "module stopped by itself"];
const findings: BareFindings = {
  warnings: log.lines
    .filter(({ level, message }) => level === "warn" && message.startsWith("sandbox: "))
    .map(({ message }) => message),
  uids: [...uids],
  lives,
  published,
  handled: (await readRecording(dataDir, NAME)).seqs,
  ends: log.lines.filter(({ message }) => endings.includes(message)).map(({ fields }) => fields.reason),
};
process.stdout.write(`${JSON.stringify(findings)}\n`, () => process.exit(0));
