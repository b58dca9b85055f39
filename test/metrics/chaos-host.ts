import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectControl, readHostFile } from "../../src/control/index.js";
import { until } from "../kit/host-until.js";
import { blockFile } from "../kit/host-whole.js";
import { distUrl } from "../kit/process-dist.js";
import { tempDir } from "../kit/process-temp-dir.js";

/** A host process that publishes without a pause; it and its modules end with the scope. */
export interface ChaosHost extends AsyncDisposable {
  readonly url: string;
  readonly dataDir: string;
  /** Asks the host over its control door. */
  ask(method: string, params?: object): Promise<unknown>;
  /** What it wrote to its log so far, line by line. */
  logLines(): Promise<Readonly<Record<string, unknown>>[]>;
  /** The process id of a module that runs, undefined of one that doesn't. */
  pidOf(name: string): Promise<number | undefined>;
}

interface ModuleSpec {
  readonly types: readonly string[];
  readonly delayMs?: number;
  readonly filter?: string;
  /** A type that it wants only at every second start. */
  readonly fickleType?: string;
  /** Lines of its tables in the host's file. */
  readonly settings?: string;
}

const chainTypes = ["MempoolTransactionAdded", "NewBlock", "BlockDisconnected"] as const;

/** Names say what is done to each of them. */
const modules: Readonly<Record<string, ModuleSpec>> = {
  honest: { types: chainTypes },
  // Holds 30 events at most, and needs 3 ms for each: what comes is a flood to it.
  flooded: { types: chainTypes, delayMs: 3, settings: "delivery = { capacity = 20, window = 10 }" },
  picky: { types: chainTypes, filter: "event.payload.mempool_size % 2 == 0" },
  killed: {
    types: chainTypes,
    delayMs: 1,
    settings: 'restart = { policy = "on-failure", backoff_ms = 20, max_crashes = 100 }',
  },
  paused: { types: chainTypes, settings: "delivery = { capacity = 50, window = 50 }" },
  // What waits at a reload and its next version doesn't want is lost.
  reloaded: { types: [...chainTypes, "ModuleReloaded"], delayMs: 1, fickleType: "NewTransaction" },
  unloaded: { types: [...chainTypes, "NewTransaction"] },
  // Comes and goes through doors that the test opens.
  visiting: { types: chainTypes, settings: 'load = "on_demand"' },
};

/** Starts `blvm-streams up` on real blocks that loop at 2000 events a second, with a module for each kind of trouble. */
export async function startChaosHost(): Promise<ChaosHost> {
  const dir = await tempDir();
  const dataDir = join(dir.path, "data");
  for (const [name, spec] of Object.entries(modules))
    await install(join(dir.path, "modules", name), name, spec);
  await writeFile(join(dir.path, "blvm-streams.toml"), configText());
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("BLVM_")));
  const main = fileURLToPath(distUrl("cli/main.js"));
  const logFile = join(dir.path, "host.log");
  const log = await open(logFile, "a");
  const child = spawn("setpriv", ["--pdeathsig", "KILL", process.execPath, main, "up"], {
    cwd: dir.path,
    env: { ...env, BLVM_STREAMS_SANDBOX_MODE: "off" },
    stdio: ["ignore", log.fd, "ignore"],
  });
  await log.close();
  const exited = once(child, "exit");

  async function ask(method: string, params: object = {}): Promise<unknown> {
    using client = await connectControl(dataDir);
    return await client.call(method, params);
  }
  async function pidOf(name: string): Promise<number | undefined> {
    const rows = (await ask("listmodules")) as { name: string; state: string; pid: number | null }[];
    return rows.find((row) => row.name === name && row.state === "Running")?.pid ?? undefined;
  }
  async function close(): Promise<void> {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
    await exited;
    clearTimeout(timer);
    await dir[Symbol.asyncDispose]();
  }
  try {
    let url = "";
    const started = Object.keys(modules).filter((name) => name !== "visiting");
    await until("every module runs", async () => {
      url = (await readHostFile(dataDir))?.http_url ?? "";
      if (url === "") return false;
      return (await Promise.all(started.map(pidOf))).every((pid) => pid !== undefined);
    });
    const logLines = async () =>
      (await readFile(logFile, "utf8"))
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    return { url, dataDir, logLines, ask, pidOf, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function install(
  folder: string,
  name: string,
  { types, delayMs = 0, filter, fickleType }: ModuleSpec,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const manifest = `name = "${name}"\nversion = "1.0.0"\nentry_point = "main.mjs"\ncapabilities = ["subscribe_events"]\n`;
  await writeFile(join(folder, "module.toml"), manifest);
  const selection = Object.fromEntries(
    types.map((type) => [type, filter !== undefined && type === "MempoolTransactionAdded" ? filter : true]),
  );
  const program = `
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { defineModule } from ${JSON.stringify(distUrl("sdk/index.js"))};
defineModule({
  async setup(module) {
    const handle = ({ type, payload }) => {
      if (type === "NewBlock") module.log.info("height " + payload.height + ", token=hunter2");
      return ${delayMs === 0 ? "undefined" : `new Promise((resolve) => setTimeout(resolve, ${delayMs}))`};
    };
    for (const type of ${JSON.stringify(types)}) module.on(type, handle);
    const selection = ${JSON.stringify(selection)};
    const fickle = ${JSON.stringify(fickleType ?? null)};
    const flag = module.context.data_dir + "/was-here";
    if (fickle !== null && existsSync(flag)) rmSync(flag);
    else if (fickle !== null) {
      writeFileSync(flag, "");
      module.on(fickle, handle);
      selection[fickle] = true;
    }
    await module.subscribeEvents(selection);
  },
});
`;
  await writeFile(join(folder, "main.mjs"), program);
}

function configText(): string {
  const tables = Object.entries(modules).map(
    ([name, { settings = "" }]) => `[modules.${name}]\n${settings}\n`,
  );
  return `
[chain]
files = [${JSON.stringify(blockFile("300025.raw"))}]
events_per_second = 2000
loop = true
[http]
port = 0
[modules]
modules_dir = "modules"
data_dir = "data"
stop_timeout_ms = 200
kill_timeout_ms = 200
${tables.join("")}`;
}
