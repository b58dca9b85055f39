import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import { connectControl, readHostFile } from "../../src/control/index.js";
import { blockFile, hostFolder } from "./host-whole.js";
import { distUrl } from "./process-dist.js";

/** A host process with modules of every fate, as dashboards and alerts have to tell them apart. */
export interface WatchedHost extends AsyncDisposable {
  readonly url: string;
  readonly dataDir: string;
  /** The process id of a module that runs. */
  pidOf(name: string): Promise<number>;
  /** Kills a module that is started again, and resolves when it is. */
  crash(name: string): Promise<void>;
  /** Adds lines to the configuration file; the host reads it again by itself. */
  reconfigure(lines: string): Promise<void>;
}

const EVENTS_PER_SECOND = 1000;

/**
 * Starts `blvm-streams up` on a looping block, at 1000 events a second. Modules:
 *
 * - quick handles everything at once; slow needs 20 ms for each event and loses most; both want mempool and blocks
 * - dead is killed as soon as it runs, and stays down; looping is started again whenever it is killed
 * - stuck is stopped by a signal and falls silent; asker asks for what its manifest doesn't declare
 *
 * Streams: whole loses nothing; faulty has a step that fails on every item.
 */
export async function startWatchedHost(): Promise<WatchedHost> {
  const folder = await hostFolder();
  const everything = 'types = "MempoolTransactionAdded,NewBlock"\n';
  await folder.install("quick", "recorder", { config: everything });
  await folder.install("slow", "recorder", { config: `delay_ms = 20\n${everything}` });
  await folder.install("dead", "recorder", { config: everything });
  await folder.install("looping", "recorder", { config: 'types = "NodeShutdown"\n' });
  await folder.install("stuck", "recorder", { config: 'types = "NodeShutdown"\n' });
  await folder.install("asker", "asker", { capabilities: ["subscribe_events"] });
  await mkdir(join(folder.path, "streams"));
  await writeFile(join(folder.path, "streams", "whole.yaml"), stream("whole", "event.payload"));
  await writeFile(join(folder.path, "streams", "faulty.yaml"), stream("faulty", '{"a": 1}["b"]'));
  const file = join(folder.path, "blvm-streams.toml");
  await writeFile(
    file,
    `
[chain]
files = [${JSON.stringify(blockFile("482683.raw"))}]
events_per_second = ${EVENTS_PER_SECOND}
loop = true
[http]
port = 0
[ipc]
heartbeat_ms = 100
[modules]
modules_dir = "modules"
data_dir = "data"
stop_timeout_ms = 100
kill_timeout_ms = 100
[streams]
dir = "streams"
[modules.dead.restart]
policy = "never"
[modules.looping.restart]
policy = "on-failure"
backoff_ms = 50
`,
  );
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("BLVM_")));
  const child = spawn("setpriv", ["--pdeathsig", "KILL", process.execPath, main(), "up"], {
    cwd: folder.path,
    env: { ...env, BLVM_STREAMS_SANDBOX_MODE: "off" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const exited = once(child, "exit");

  async function pidOf(name: string): Promise<number> {
    using client = await connectControl(folder.dataDir);
    const rows = (await client.call("listmodules", {})) as { name: string; state: string; pid: number }[];
    const row = rows.find((each) => each.name === name && each.state === "Running");
    if (row === undefined) throw new Error(`${name} does not run: ${JSON.stringify(rows)}`);
    return row.pid;
  }
  async function close(): Promise<void> {
    // One that is stopped hears no shutdown.
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
    await exited;
    clearTimeout(timer);
    await said;
    await folder[Symbol.asyncDispose]();
  }
  try {
    let url = "";
    await seen("every module runs", async () => {
      await Promise.all(["quick", "slow", "dead", "looping", "stuck", "asker"].map(pidOf));
      url = (await readHostFile(folder.dataDir))?.http_url ?? "";
      return url !== "";
    });
    process.kill(await pidOf("dead"), "SIGKILL");
    process.kill(await pidOf("stuck"), "SIGSTOP");
    return {
      url,
      dataDir: folder.dataDir,
      pidOf,
      async crash(name) {
        const before = await pidOf(name);
        process.kill(before, "SIGKILL");
        await seen(`${name} is back`, async () => (await pidOf(name)) !== before);
      },
      reconfigure: (lines) => appendFile(file, lines),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A stream that maps each block and counts it. */
function stream(name: string, map: string): string {
  return `
version: 1
name: ${name}
source: { events: [NewBlock] }
steps:
  - { id: shape, map: '${map}' }
sinks:
  - { id: count, metric: { name: ${name}_blocks, type: counter, help: Blocks. } }
`;
}

/** Looks every 50 ms: each look is a question to the host. */
function seen(what: string, claim: () => Promise<boolean>): Promise<void> {
  return vi.waitFor(
    async () => {
      if (!(await claim())) throw new Error(`waited in vain: ${what}`);
    },
    { timeout: 20_000, interval: 50 },
  );
}

function main(): string {
  return fileURLToPath(distUrl("cli/main.js"));
}
