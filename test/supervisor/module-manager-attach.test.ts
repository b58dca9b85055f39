import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import { ModuleIntegration } from "../../src/sdk/index.js";
import { type ManagerUnderTest, startManager } from "../kit/host-manager.js";
import { startRelay } from "../kit/host-relay.js";
import { expectBalance, until } from "../kit/host-until.js";

type AttachDoor = Awaited<ReturnType<ManagerUnderTest["manager"]["attachModule"]>>;

/** Comes through an attached module's door from within this process. */
function comeIn({ env, token }: AttachDoor, socketPath = env.SOCKET_PATH as string) {
  return ModuleIntegration.connect({
    socketPath,
    moduleId: env.MODULE_ID as string,
    moduleName: env.MODULE_NAME as string,
    version: env.MODULE_CONFIG_VERSION as string,
    token,
  });
}

async function row({ manager }: ManagerUnderTest, name: string) {
  return (await manager.listModules()).find((listing) => listing.name === name);
}

describe("ModuleManager.attachModule", () => {
  it("lets in a process that was started by hand with the door's environment and token", async () => {
    await using host = await startManager();
    await host.install("manual", "mute", { config: 'types = "MempoolTransactionAdded"\n' });
    const { env, token } = await host.manager.attachModule("manual");
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect(env).not.toHaveProperty("BLVM_IPC_FD");
    expect(await row(host, "manual")).toMatchObject({ state: "attached", pid: null });
    expect((await stat(dirname(env.SOCKET_PATH as string))).mode & 0o777).toBe(0o700);

    const program = fileURLToPath(new URL("../fixtures/modules/recorder.js", import.meta.url));
    const child = spawn(process.execPath, [program], {
      env: { ...env, BLVM_IPC_TOKEN: token },
      stdio: ["ignore", "ignore", "inherit"],
    });
    const exited = once(child, "exit");
    await until("it is loaded", () => host.manager.loadedModules.length === 1);
    const seqs = host.publishMany(20);
    await until("it handled them", () => host.stats("manual").delivered === 20);
    expect((await host.recording("manual")).seqs).toEqual(seqs);
    expect(await row(host, "manual")).toMatchObject({ state: "attached", pid: null });

    await host.manager.unloadModule("manual");
    expect(await exited).toEqual([0, null]);
    expect((await host.recording("manual")).stops).toEqual(["unload"]);
    expect(
      host.published.map(({ type }) => type).filter((type) => /^Module(Loaded|Unloaded|Crashed)$/.test(type)),
    ).toEqual(["ModuleLoaded", "ModuleUnloaded"]);
    expect(await row(host, "manual")).toMatchObject({ state: "Stopped" });
  });

  it("needs no entry point, and refuses a module that isn't installed", async () => {
    await using host = await startManager();
    await host.install("manual", "mute");
    await host.manager.attachModule("manual");
    await expect(host.manager.attachModule("absent")).rejects.toMatchObject({ code: "UNKNOWN_MODULE" });
    await expect(host.manager.loadModule("manual")).rejects.toMatchObject({ code: "ALREADY_LOADED" });
  });

  it("cuts off who shows a wrong token, and the door is spent", async () => {
    await using host = await startManager();
    await host.install("manual", "mute");
    const door = await host.manager.attachModule("manual");
    await expect(comeIn({ ...door, token: "0".repeat(64) })).rejects.toMatchObject({ code: "BAD_TOKEN" });
    await until("the instance is gone", () => [...host.manager.instances].length === 0);
    expect(existsSync(door.env.SOCKET_PATH as string)).toBe(false);
    expect(host.log.messages()).toContain("a connection was turned away");
    // Nobody's process crashed: none was ever let in.
    expect(host.published.map(({ type }) => type)).not.toContain("ModuleCrashed");
    await host.manager.attachModule("manual");
  });

  it("closes the door when nobody comes in time", async () => {
    await using host = await startManager({ ipc: { reconnect_timeout_ms: 100 } });
    await host.install("manual", "mute");
    const door = await host.manager.attachModule("manual");
    await until("the instance is gone", () => [...host.manager.instances].length === 0);
    expect(existsSync(dirname(door.env.SOCKET_PATH as string))).toBe(false);
    expect(host.published.map(({ type }) => type)).not.toContain("ModuleCrashed");
  });

  it("can be taken back before anybody came", async () => {
    await using host = await startManager();
    await host.install("manual", "mute");
    const door = await host.manager.attachModule("manual");
    await host.manager.unloadModule("manual");
    expect([...host.manager.instances]).toEqual([]);
    await expect(comeIn(door)).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
  });
});

describe("a module that lost its connection through the path", () => {
  it("comes back with its resume token, subscribes anew, and is not announced again", async () => {
    await using host = await startManager();
    await host.install("manual", "mute");
    const door = await host.manager.attachModule("manual");
    await using relay = await startRelay(door.env.SOCKET_PATH as string);
    await using module = await comeIn(door, relay.path);
    const handled: number[] = [];
    const loads: string[] = [];
    module.on("MempoolTransactionAdded", ({ seq }) => handled.push(seq));
    module.on("ModuleLoaded", ({ payload }) => loads.push(payload.module_name));
    await module.subscribeEvents(["MempoolTransactionAdded", "ModuleLoaded"]);
    const before = host.publishMany(10);
    await until("the first ten are delivered", () => host.stats("manual").delivered === 11);

    relay.cut();
    await until("the loss is booked", () => host.bus.getSubscribers("MempoolTransactionAdded").length === 0);
    const missed = host.publishMany(5);
    await until("it is back", () => host.bus.getSubscribers("MempoolTransactionAdded").length === 1);
    const after = host.publishMany(10);
    await until("the next ten are delivered", () => host.stats("manual").delivered === 21);

    expect(relay.connections).toBeGreaterThanOrEqual(2);
    expect(handled).toEqual([...before, ...after]);
    expect(handled).not.toContain(missed[0]);
    expect(loads).toEqual(["manual"]);
    expect(host.published.filter(({ type }) => type === "ModuleLoaded")).toHaveLength(1);
    expect(await row(host, "manual")).toMatchObject({ state: "attached" });
    expectBalance(host.stats("manual"));
  });

  it("may come back again and again, each time with another token", async () => {
    await using host = await startManager();
    await host.install("manual", "mute");
    const door = await host.manager.attachModule("manual");
    await using relay = await startRelay(door.env.SOCKET_PATH as string);
    await using module = await comeIn(door, relay.path);
    await module.subscribeEvents(["MempoolTransactionAdded"]);
    const tokens = new Set([door.token, module.client.handshake.resume_token]);
    for (let n = 0; n < 3; n++) {
      relay.cut();
      await until(
        "the loss is booked",
        () => host.bus.getSubscribers("MempoolTransactionAdded").length === 0,
      );
      await until("it is back", () => host.bus.getSubscribers("MempoolTransactionAdded").length === 1);
      tokens.add(module.client.handshake.resume_token);
    }
    expect(tokens.size).toBe(5);
    // Who has an old one finds no door while the module is connected.
    await expect(comeIn(door)).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
  });

  it("counts what was under way as failed, and is unloaded when it stays away", async () => {
    await using host = await startManager({ ipc: { reconnect_timeout_ms: 150 } });
    await host.install("manual", "mute");
    const door = await host.manager.attachModule("manual");
    await using relay = await startRelay(door.env.SOCKET_PATH as string);
    await using module = await comeIn(door, relay.path);
    module.on("MempoolTransactionAdded", () => new Promise(() => {}));
    await module.subscribeEvents(["MempoolTransactionAdded"]);
    host.publishMany(7);
    expect(host.stats("manual").in_flight).toBe(7);
    relay.cut();
    await module.close();
    await until("it is given up", () => [...host.manager.instances].length === 0);
    expect(host.stats("manual")).toMatchObject({ failed_closed: 7, fate_unknown: 7, in_flight: 0 });
    expect(host.published.map(({ type }) => type).slice(-2)).toEqual(["ModuleCrashed", "ModuleUnloaded"]);
  });
});

async function findSockets({ dataDir }: ManagerUnderTest): Promise<string[]> {
  const names = await readdir(join(dataDir, ".sockets"), { recursive: true });
  return names.filter((name) => name.endsWith("node.sock")).map((name) => join(dataDir, ".sockets", name));
}

describe("a module process whose path somebody else takes first", () => {
  it("loads through its descriptor all the same, and the stranger is reported", async () => {
    await using host = await startManager();
    await host.install("target", "recorder", { config: 'types = "MempoolTransactionAdded"\n' });
    // Once the module is connected its path is closed: it must not be faster than the stranger.
    const main = join(host.modulesDir, "target", "main.mjs");
    const start = (await readFile(main, "utf8")).replace(/^import (.*);/, "await import($1);");
    const wait = `while (!existsSync("${main}.go")) await setTimeout(5);`;
    const imports =
      'import { existsSync } from "node:fs";\nimport { setTimeout } from "node:timers/promises";';
    await writeFile(main, [imports, wait, start].join("\n"));
    const loading = host.manager.loadModule("target");
    let path: string | undefined;
    await until("its path is open", async () => {
      [path] = await findSockets(host);
      return path !== undefined;
    });
    const stranger = connect(path as string);
    const hungUp = once(stranger, "close");
    await once(stranger, "connect");
    await writeFile(`${main}.go`, "");
    stranger
      .on("error", () => {})
      .resume()
      .write("GET / HTTP/1.1\r\n\r\n");
    await loading;
    await hungUp;
    expect(host.log.lines).toContainEqual({
      level: "warn",
      fields: expect.objectContaining({ module: "target", door: "path", code: "FRAME_TOO_LARGE" }),
      message: "a connection was turned away",
    });
    host.bus.publish("MempoolTransactionAdded", exampleEvent("MempoolTransactionAdded"));
    await until("it receives", () => host.stats("target").delivered === 1);
  });
});
