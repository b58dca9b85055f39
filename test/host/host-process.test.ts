import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { connectControl, readHostFile } from "../../src/control/index.js";
import { childPids, groupPids } from "../kit/host-leftovers.js";
import { until } from "../kit/host-until.js";
import { blockFile, type HostFolder, hostFolder } from "../kit/host-whole.js";
import { distUrl } from "../kit/process-dist.js";
import { isGone } from "../kit/process-watch.js";
import { timeLimitMs } from "../kit/time-limit.js";
import { isMissing } from "../kit/tool.js";

interface Row {
  readonly name: string;
  readonly state: string;
  readonly pid: number;
}

function startUp(folder: HostFolder) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("BLVM_")));
  const child = spawn(process.execPath, [fileURLToPath(distUrl("cli/main.js")), "up"], {
    cwd: folder.path,
    env: { ...env, BLVM_STREAMS_SANDBOX_MODE: "off" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = text(child.stdout);
  const errors = text(child.stderr);
  return {
    child,
    output,
    errors,
    exited: once(child, "exit") as Promise<[number | null, string | null]>,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await output;
    },
  };
}

async function writeConfig({ path }: HostFolder, eventsPerSecond: number): Promise<void> {
  const config = `
[chain]
files = [${JSON.stringify(blockFile("482683.raw"))}]
events_per_second = ${eventsPerSecond}
loop = true
[http]
port = 0
[modules]
modules_dir = "modules"
data_dir = "data"
stop_timeout_ms = 300
kill_timeout_ms = 200
`;
  await writeFile(join(path, "blvm-streams.toml"), config);
}

async function modulesOf({ dataDir }: HostFolder): Promise<Row[]> {
  using client = await connectControl(dataDir);
  return (await client.call("listmodules", {})) as Row[];
}

/** Resolves when the named modules run under the host of this folder. */
async function untilRunning(folder: HostFolder, names: readonly string[]): Promise<Row[]> {
  return vi.waitFor(
    async () => {
      const rows = await modulesOf(folder);
      expect(rows.filter(({ state }) => state === "Running").map(({ name }) => name)).toEqual(names);
      return rows;
    },
    { timeout: 20_000, interval: 20 },
  );
}

describe("a host process that is killed with SIGKILL", () => {
  it.skipIf(isMissing("setpriv", "util-linux"))(
    "leaves nothing within a second: not a spinning module, not its child, not the guardian",
    async () => {
      await using folder = await hostFolder();
      await folder.install("spinner", "spinner");
      await folder.install("stubborn", "stubborn");
      await folder.install("worker", "recorder");
      await writeConfig(folder, 100);
      await using host = startUp(folder);
      const rows = await untilRunning(folder, ["spinner", "stubborn", "worker"]);
      const modulePids = rows.map(({ pid }) => pid);
      const childPid = Number(await readFile(join(folder.dataDir, "spinner", "child.pid"), "utf8"));
      await until("the spinner gets its first event", async () => {
        using client = await connectControl(folder.dataDir);
        const stats = (await client.call("stats", { module: "spinner" })) as {
          modules: { spinner: { in_flight: number } };
        };
        return stats.modules.spinner.in_flight > 1;
      });
      const all = [...childPids(host.child.pid), childPid];
      // Three modules, their guardian, and the spinner's child.
      expect(all).toHaveLength(5);
      expect(groupPids(modulePids[0] as number).sort()).toEqual([modulePids[0] as number, childPid].sort());

      host.child.kill("SIGKILL");
      await host.exited;
      await vi.waitFor(() => expect(all.filter((pid) => !isGone(pid))).toEqual([]), {
        timeout: timeLimitMs(1000),
        interval: 5,
      });
      expect(modulePids.flatMap(groupPids)).toEqual([]);
    },
  );

  it("leaves a data directory that the next host takes over", async () => {
    await using folder = await hostFolder();
    await folder.install("worker", "recorder");
    await writeConfig(folder, 10);
    {
      await using host = startUp(folder);
      await untilRunning(folder, ["worker"]);
      host.child.kill("SIGKILL");
      await host.exited;
    }
    const host = folder.host();
    await host.start();
    expect(host.modules.loadedModules.map(({ name }) => name)).toEqual(["worker"]);
    expect((await readHostFile(folder.dataDir))?.pid).toBe(process.pid);
  });
});

describe("a second host process on the same data directory", () => {
  it("exits with 1, names the first one's pid, and leaves it undisturbed", async () => {
    await using folder = await hostFolder();
    await folder.install("worker", "recorder");
    await writeConfig(folder, 10);
    await using first = startUp(folder);
    const rows = await untilRunning(folder, ["worker"]);
    const about = await readHostFile(folder.dataDir);
    await using second = startUp(folder);
    expect(await second.exited).toEqual([1, null]);
    const complaint = await second.errors;
    expect(complaint).toContain(`in use by the host with pid ${first.child.pid}`);
    expect(complaint).toContain("choose another data_dir");
    expect(await modulesOf(folder)).toEqual(rows);
    expect(await readHostFile(folder.dataDir)).toEqual(about);
    expect((await fetch(`${about?.http_url}/healthz`)).status).toBe(200);
    first.child.kill("SIGTERM");
    expect(await first.exited).toEqual([0, null]);
    expect(rows.every(({ pid }) => isGone(pid))).toBe(true);
  });
});

describe("a process that closes its host", () => {
  it("ends by itself, for nothing keeps it alive", async () => {
    await using folder = await hostFolder();
    await folder.install("worker", "recorder");
    const script = `
      import { createHost } from ${JSON.stringify(distUrl("index.js"))};
      const host = createHost({
        http: { port: 0 },
        modules: { data_dir: ${JSON.stringify(folder.dataDir)}, modules_dir: ${JSON.stringify(folder.modulesDir)} },
        sandbox: { mode: "off" },
      });
      await host.start();
      await host.close();
      process.stderr.write("closed");
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const errors = text(child.stderr);
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(await errors).toBe("closed");
  });
});
