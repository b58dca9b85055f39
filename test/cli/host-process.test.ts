import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { readHostFile } from "../../src/control/index.js";
import { distUrl } from "../kit/process-dist.js";
import { type TempDir, tempDir } from "../kit/process-temp-dir.js";

const main = fileURLToPath(distUrl("cli/main.js"));
const block = fileURLToPath(new URL("../fixtures/real-blocks/", import.meta.url));

interface RunningHost extends AsyncDisposable {
  readonly dir: string;
  readonly url: string;
  readonly process: ChildProcess;
  /** Resolves with the exit code once the process has ended. */
  readonly exited: Promise<number | null>;
}

function environment(): NodeJS.ProcessEnv {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith("BLVM_"));
  return {
    ...Object.fromEntries(clean),
    NO_COLOR: "1",
    BLVM_STREAMS_SANDBOX_MODE: "off",
    BLVM_STREAMS_MODULES_DATA_DIR: "data",
  };
}

/** One command in a process of its own. */
async function run(dir: string, args: readonly string[]) {
  const child = spawn(process.execPath, [main, ...args], { cwd: dir, env: environment() });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { code, stdout, stderr };
}

const config = (files: readonly string[]) => `
[chain]
files = [${files.map((file) => JSON.stringify(join(block, file))).join(", ")}]
loop = true
events_per_second = 200
[http]
port = 0
`;

async function startHost(temp: TempDir): Promise<RunningHost> {
  await writeFile(join(temp.path, "blvm-streams.toml"), config(["482683.raw"]));
  const child = spawn(process.execPath, [main, "up"], {
    cwd: temp.path,
    env: environment(),
    stdio: ["ignore", "ignore", "inherit"],
  });
  const exited = once(child, "exit").then(([code]) => code as number | null);
  const url = await vi.waitFor(
    async () => {
      const host = await readHostFile(join(temp.path, "data"));
      if (host === undefined) throw new Error("no host.json yet");
      const health = await fetch(`${host.http_url}/healthz`);
      expect(health.status).toBe(200);
      return host.http_url ?? "";
    },
    { timeout: 20_000, interval: 50 },
  );
  return {
    dir: temp.path,
    url,
    process: child,
    exited,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** A shell's command that runs the rest where bubblewrap is not: an empty device lies over it. */
const hideBwrap = 'for f in $(which -a bwrap); do mount --bind /dev/null "$f" || exit 1; done; exec "$@"';
const withoutBwrap = ["-m", "sh", "-c", hideBwrap, "sh"];
const canHide = spawnSync("unshare", [...withoutBwrap, "true"], { stdio: "ignore" }).status === 0;

describe.runIf(canHide)("blvm-streams up where bubblewrap is not installed", { timeout: 60_000 }, () => {
  it("runs its modules and says which layers are missing, what follows and what to do", async () => {
    await using temp = await tempDir();
    await chmod(temp.path, 0o755);
    await writeFile(join(temp.path, "blvm-streams.toml"), config(["482683.raw"]));
    const env = { ...environment(), BLVM_STREAMS_SANDBOX_MODE: "auto" };
    const child = spawn("unshare", [...withoutBwrap, process.execPath, main, "up"], { cwd: temp.path, env });
    const exited = once(child, "exit");
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (piece: string) => {
        said += piece;
      });
    }
    try {
      const loaded = () => expect(said.match(/"msg":"module is loaded"/g)).toHaveLength(2);
      await vi.waitFor(loaded, { timeout: 20_000, interval: 20 });
      child.kill("SIGINT");
      expect(await exited).toEqual([0, null]);
      for (const layer of ["L2 filesystem", "L3 network", "L4 kernel"]) {
        expect(said).toMatch(
          new RegExp(
            `"level":40.*${layer} is missing \\(bubblewrap \\(bwrap\\) was not found.*; install bubblewrap`,
          ),
        );
      }
    } finally {
      child.kill("SIGKILL");
    }
  });
});

describe("blvm-streams up", { timeout: 60_000 }, () => {
  it("is found by the other commands and serves what they print", async () => {
    await using temp = await tempDir();
    await using host = await startHost(temp);
    const tap = await run(host.dir, ["tap", "--json", "--count", "3"]);
    expect(tap.code).toBe(0);
    const seqs = tap.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).seq);
    expect(seqs).toEqual([seqs[0], seqs[0] + 1, seqs[0] + 2]);

    const recorded = await run(host.dir, ["record", "a.rec", "--count", "20"]);
    expect(recorded).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("20 events recorded in a.rec"),
    });
    const shown = await run(host.dir, ["recording", "show", "a.rec", "--json"]);
    expect(JSON.parse(shown.stdout)).toMatchObject({ is_whole: true, events: 20, gaps: 0 });

    const modules = JSON.parse((await run(host.dir, ["modules", "list", "--json"])).stdout);
    expect(modules.map(({ name }: { name: string }) => name).sort()).toEqual([
      "block-watcher",
      "mempool-stats",
    ]);

    const stats = JSON.parse((await run(host.dir, ["stats", "--json"])).stdout);
    for (const books of Object.values<Record<string, number>>(stats.modules)) {
      const { delivered, dropped_full, failed_closed, failed_serialization, filtered, waiting, in_flight } =
        books;
      const sum = [
        delivered,
        dropped_full,
        failed_closed,
        failed_serialization,
        filtered,
        waiting,
        in_flight,
      ];
      expect(sum.reduce((total, each = Number.NaN) => (total ?? 0) + each, 0)).toBe(books.matched);
    }

    const health = (await (await fetch(`${host.url}/healthz`)).json()) as { modules: object };
    expect(Object.keys(health.modules).sort()).toEqual(["block-watcher", "mempool-stats"]);
    const scrape = await (await fetch(`${host.url}/metrics`)).text();
    expect(scrape).toMatch(
      /^blvm_events_delivered_total\{module="block-watcher",event_type="NewBlock"\} \d+$/m,
    );

    expect((await run(host.dir, ["stats", "nobody"])).code).toBe(1);
  });

  it("stops in order on SIGTERM, exits with 0 and leaves nothing of itself behind", async () => {
    await using temp = await tempDir();
    await using host = await startHost(temp);
    host.process.kill("SIGTERM");
    expect(await host.exited).toBe(0);
    expect(existsSync(join(host.dir, "data", "host.sock"))).toBe(false);
    expect(existsSync(join(host.dir, "data", "host.json"))).toBe(false);
  });

  it("stops in order when JSON-RPC tells it to, and exits with 0", async () => {
    await using temp = await tempDir();
    await using host = await startHost(temp);
    expect(await run(host.dir, ["chain", "rpc", "stop"])).toMatchObject({
      code: 0,
      stdout: "blvm-streams stopping\n",
    });
    expect(await host.exited).toBe(0);
    expect(existsSync(join(host.dir, "data", "host.sock"))).toBe(false);
  });

  it("stops at once on a second signal", async () => {
    await using temp = await tempDir();
    await using host = await startHost(temp);
    host.process.kill("SIGINT");
    host.process.kill("SIGTERM");
    expect(await host.exited).toBe(1);
  });

  it("exits with 1 and the reason when it can't start", async () => {
    await using temp = await tempDir();
    await writeFile(join(temp.path, "blvm-streams.toml"), "[http]\nprot = 1\n");
    const { code, stderr } = await run(temp.path, ["up"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("did you mean http.port?")]);
  });

  it("lets the reader of a tap leave without complaint", async () => {
    await using temp = await tempDir();
    await using host = await startHost(temp);
    const tap = spawn(process.execPath, [main, "tap"], { cwd: host.dir, env: environment() });
    const errors = text(tap.stderr);
    const exited = once(tap, "exit");
    await once(tap.stdout, "data");
    tap.stdout.destroy();
    expect([await exited, await errors]).toEqual([[0, null], ""]);
  });
});
