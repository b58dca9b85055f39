import { existsSync } from "node:fs";
import { chmod, lstat, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { connectControl, readHostFile } from "../../src/control/index.js";
import { exampleEvent } from "../../src/events/index.js";
import type { Host } from "../../src/host.js";
import type { Logger } from "../../src/log.js";
import { holdings, surplusSince } from "../kit/host-leftovers.js";
import { until } from "../kit/host-until.js";
import { type HostFolder, hostFolder, pidOfModule, statsOf } from "../kit/host-whole.js";

/** What a host opens in its data directory and takes away again. */
const hostFiles = ["host.lock", "host.sock", "host.json", ".sockets", ".cookie", ".code"];

async function filesOfHost({ dataDir }: HostFolder): Promise<string[]> {
  const names = await readdir(dataDir).catch(() => []);
  return names.filter((name) => hostFiles.some((file) => name.startsWith(file)));
}

/** Fails unless nothing is left of a host that was closed. */
async function expectNothingLeft(folder: HostFolder, before: readonly string[]): Promise<void> {
  expect(await filesOfHost(folder)).toEqual([]);
  expect(await surplusSince(before)).toEqual([]);
}

/** A log that calls `hook` at the first line which holds `text`, in the midst of the step that writes it. */
function hookedLog({ log }: HostFolder, text: string, hook: () => void): Logger {
  let isDue = true;
  const wrap = (inner: Logger): Logger => {
    const at =
      (level: "trace" | "debug" | "info" | "warn" | "error") => (fields: object, message: string) => {
        inner[level](fields, message);
        if (!isDue || !message.includes(text)) return;
        isDue = false;
        hook();
      };
    return {
      trace: at("trace"),
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      child: (fields) => wrap(inner.child(fields)),
    };
  };
  return wrap(log);
}

async function portInUse(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}

describe("a start that fails half-way", () => {
  it("closes what it opened when the port is taken, and the next host may start", async () => {
    const port = await portInUse();
    await using folder = await hostFolder();
    await folder.install("worker", "recorder");
    const before = holdings();
    const host = folder.host({ http: { port } });
    await expect(host.start()).rejects.toMatchObject({ code: "HTTP_PORT_IN_USE", details: { port } });
    await expectNothingLeft(folder, before);
    await expect(host.start()).rejects.toMatchObject({ code: "HTTP_PORT_IN_USE" });
    const next = folder.host();
    await next.start();
    expect(next.modules.loadedModules.map(({ name }) => name)).toEqual(["worker"]);
  });

  it("closes what it opened when no block of the chain can be played", async () => {
    await using folder = await hostFolder();
    await folder.install("worker", "recorder");
    const before = holdings();
    const host = folder.host({ chain: { files: [join(folder.path, "missing.raw")] } });
    const starting = host.start();
    const pid = await pidOfModule(host, "worker");
    await expect(starting).rejects.toMatchObject({ code: "NO_PLAYABLE_FILE" });
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    await expect(fetch(`${host.httpUrl}/healthz`)).rejects.toThrow();
    await expectNothingLeft(folder, before);
    expect((await folder.recording("worker")).stops).toEqual(["shutdown"]);
  });

  it("closes what it opened when a file stands where the control socket goes", async () => {
    await using folder = await hostFolder();
    await mkdir(folder.dataDir);
    await writeFile(join(folder.dataDir, "host.sock"), "mine");
    const before = holdings();
    const host = folder.host();
    await expect(host.start()).rejects.toMatchObject({ code: "CONTROL_SOCKET_UNUSABLE" });
    const told = folder.log.messages();
    expect(told.at(-1)).toBe("the host is closed");
    expect(told.filter((message) => message.startsWith("the host does not start: "))).toEqual([
      expect.stringContaining("host.sock"),
    ]);
    expect(await filesOfHost(folder)).toEqual(["host.sock"]);
    await expect(fetch(`${host.httpUrl}/healthz`)).rejects.toThrow();
    expect(await surplusSince(before)).toEqual([]);
  });
});

describe("a second host on the same data directory", () => {
  it("is refused with the first one's pid, and the first goes on undisturbed", async () => {
    await using folder = await hostFolder();
    await folder.install("worker", "recorder");
    const first = folder.host();
    await first.start();
    const second = folder.host();
    await expect(second.start()).rejects.toMatchObject({
      code: "DATA_DIR_IN_USE",
      details: { pid: process.pid, dataDir: folder.dataDir },
      message: expect.stringContaining(`pid ${process.pid}`),
    });
    await second.close();

    expect(await filesOfHost(folder)).toEqual([
      ".code",
      ".cookie",
      ".sockets",
      "host.json",
      "host.lock",
      "host.sock",
    ]);
    expect((await fetch(`${first.httpUrl}/healthz`)).status).toBe(200);
    expect(await readHostFile(folder.dataDir)).toEqual({ pid: process.pid, http_url: first.httpUrl });
    const client = await connectControl(folder.dataDir);
    expect(await client.call("listmodules", {})).toMatchObject([{ name: "worker", state: "Running" }]);
    await client.close();
    const seq = first.publish("MempoolTransactionAdded", exampleEvent("MempoolTransactionAdded"));
    await until("its module gets events", () => statsOf(first, "worker").delivered === 1);
    expect((await folder.recording("worker")).seqs).toEqual([seq]);
  });
});

describe("a close during the start", () => {
  async function expectAbortedStart(folder: HostFolder, host: Host, before: readonly string[]) {
    await expect(host.start()).rejects.toMatchObject({
      code: expect.stringMatching(/^(MANAGER_CLOSED|CHAIN_SOURCE_CLOSED)$/),
    });
    await Promise.all([host.close(), host.close("signal")]);
    expect([...host.modules.instances]).toEqual([]);
    await expectNothingLeft(folder, before);
    expect(folder.log.messages().at(-1)).toBe("the host is closed");
    expect(folder.log.lines.filter(({ message }) => message.startsWith("closing "))).toEqual([]);
  }

  it("leaves nothing when it comes with the start itself", async () => {
    await using folder = await hostFolder();
    const before = holdings();
    const host = folder.host();
    const started = host.start().catch(() => {});
    void host.close();
    await started;
    await expectAbortedStart(folder, host, before);
  });

  it.each([
    { step: "the sockets' folder is made and the system probed", text: "THE SANDBOX IS OFF" },
    { step: "all doors are open", text: "metrics at" },
    { step: "the modules start", text: "module starts" },
    { step: "a module says hello", text: "module connected" },
    { step: "a module is loaded", text: "module is loaded" },
    { step: "the chain was read", text: "replay starts" },
  ])("leaves nothing when it comes as $step", { timeout: 60_000 }, async ({ text }) => {
    await using folder = await hostFolder();
    await folder.install("first", "recorder");
    await folder.install("second", "recorder");
    const before = holdings();
    // A module that doesn't hear its stop request would hold the close up for longer than the test may take.
    const modules = { stop_timeout_ms: 120_000 };
    const host: Host = folder.host({ modules, log: hookedLog(folder, text, () => void host.close()) });
    await host.start().catch(() => {});
    expect(folder.log.messages().some((message) => message.includes(text))).toBe(true);
    await expectAbortedStart(folder, host, before);
  });

  it.each([
    { step: "lock", file: "host.lock" },
    { step: "sockets' folder", file: ".sockets" },
    { step: "control socket", file: "host.sock" },
    { step: "host file", file: "host.json" },
  ])("leaves nothing when it comes as soon as the $step is there", async ({ file }) => {
    await using folder = await hostFolder();
    const before = holdings();
    const host = folder.host();
    const started = host.start().catch(() => {});
    while (!existsSync(join(folder.dataDir, file))) await new Promise((resolve) => setImmediate(resolve));
    void host.close();
    await started;
    await expectAbortedStart(folder, host, before);
  });

  it("leaves nothing after any number of turns of the event loop", async () => {
    for (let turns = 0; turns < 24; turns++) {
      await using folder = await hostFolder();
      const before = holdings();
      const host = folder.host();
      const started = host.start().catch(() => {});
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      void host.close();
      await started;
      await host.close();
      await expectNothingLeft(folder, before);
    }
  });

  it("ends it when a module never gets ready", async () => {
    await using folder = await hostFolder();
    await folder.install("mute", "mute");
    const before = holdings();
    const host = folder.host({ modules: { stop_timeout_ms: 100, kill_timeout_ms: 100 } });
    const started = host.start().catch(() => {});
    await pidOfModule(host, "mute");
    await host.close();
    await started;
    await expectAbortedStart(folder, host, before);
  });
});

describe("the sockets' folder", () => {
  it("stays as it is, with what is in it, when the operator named it", async () => {
    await using folder = await hostFolder();
    await folder.install("worker", "recorder");
    const socketDir = join(folder.path, "sockets");
    await mkdir(join(socketDir, "0123456789ab"), { recursive: true });
    await writeFile(join(socketDir, "0123456789ab", "notes"), "mine");
    await writeFile(join(socketDir, "readme"), "mine");
    await chmod(socketDir, 0o750);
    const host = folder.host({ modules: { socket_dir: socketDir } });
    await host.start();
    expect(await readdir(socketDir)).toContain("readme");
    await host.close();
    expect((await readdir(socketDir, { recursive: true })).sort()).toEqual([
      "0123456789ab",
      "0123456789ab/notes",
      "readme",
    ]);
    expect((await lstat(socketDir)).mode & 0o777).toBe(0o750);
  });

  it("stays when it is empty and was there before", async () => {
    await using folder = await hostFolder();
    const socketDir = join(folder.path, "sockets");
    await mkdir(socketDir);
    const host = folder.host({ modules: { socket_dir: socketDir } });
    await host.start();
    await host.close();
    expect(existsSync(socketDir)).toBe(true);
  });

  it("loses the doors that a killed host left when it is the host's own", async () => {
    await using folder = await hostFolder();
    const left = join(folder.dataDir, ".sockets", "0123456789ab");
    await mkdir(left, { recursive: true });
    await writeFile(join(folder.dataDir, ".sockets", "readme"), "somebody's");
    const host = folder.host();
    await host.start();
    expect(existsSync(left)).toBe(false);
    await host.close();
    expect(await readdir(join(folder.dataDir, ".sockets"))).toEqual(["readme"]);
  });

  it("is refused when nobody named it and it belongs to somebody else", async () => {
    await using folder = await hostFolder();
    await mkdir(join(folder.dataDir, ".sockets"), { recursive: true });
    const { uid } = await lstat(folder.dataDir);
    // Only root can give a folder away; so the test is somebody else instead.
    const getuid = vi.spyOn(process, "getuid").mockReturnValue(uid + 1);
    onTestFinished(() => void getuid.mockRestore());
    const host = folder.host();
    await expect(host.start()).rejects.toMatchObject({
      code: "SOCKET_DIR_UNUSABLE",
      message: expect.stringContaining(`belongs to user ${uid}`),
    });
    expect(await filesOfHost(folder)).toEqual([".sockets"]);
  });

  it("is refused when nobody named it and it is a link", async () => {
    await using folder = await hostFolder();
    await mkdir(folder.dataDir);
    await symlink(folder.modulesDir, join(folder.dataDir, ".sockets"));
    await expect(folder.host().start()).rejects.toMatchObject({ code: "SOCKET_DIR_UNUSABLE" });
    expect(existsSync(join(folder.dataDir, "host.lock"))).toBe(false);
  });
});
