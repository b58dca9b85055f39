import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Host } from "../../src/host.js";
import { ask } from "../http/start-server.js";
import { until } from "../kit/host-until.js";
import { type HostFolder, hostFolder, pidOfModule } from "../kit/host-whole.js";

/** Calls a running host over HTTP with the cookie of its data directory. */
async function caller({ dataDir }: HostFolder, host: Host) {
  const cookie = await readFile(join(dataDir, ".cookie"));
  const headers = { authorization: `Basic ${cookie.toString("base64")}`, "content-type": "application/json" };
  const post = async (value: unknown) => {
    const reply = await ask(host.httpUrl ?? "", { method: "POST", headers, body: JSON.stringify(value) });
    if (reply.status !== 200) throw new Error(`status ${reply.status}: ${reply.text}`);
    return JSON.parse(reply.text);
  };
  const call = (method: string, ...params: unknown[]) => post({ jsonrpc: "2.0", id: 1, method, params });
  return { post, call };
}

describe("JSON-RPC of a host", () => {
  it("loads, lists, reloads and unloads modules, and maps each refusal to its number", async () => {
    await using folder = await hostFolder();
    await folder.install("worker", "recorder");
    await folder.install("early", "early-exit");
    const host = folder.host({ modules: { enabled_modules: ["worker"] } });
    await host.start();
    const { call, post } = await caller(folder, host);
    expect(await call("listmodules")).toEqual({ jsonrpc: "2.0", id: 1, result: ["worker"] });
    const refusals: readonly (readonly [string, string, number, string])[] = [
      ["loadmodule", "worker", -32_002, "ALREADY_LOADED"],
      ["loadmodule", "workr", -32_004, "UNKNOWN_MODULE"],
      ["loadmodule", "early", -32_005, "MODULE_START_FAILED"],
      ["unloadmodule", "nobody", -32_001, "NOT_LOADED"],
      ["reloadmodule", "nobody", -32_001, "NOT_LOADED"],
      ["loadmodule", "../worker", -32_602, "RPC_INVALID_PARAMS"],
    ];
    for (const [method, name, number, code] of refusals) {
      const { error } = await call(method, name);
      expect([method, name, error.code, error.data.code]).toEqual([method, name, number, code]);
    }
    const pid = await pidOfModule(host, "worker");
    expect(await call("reloadmodule", "worker")).toHaveProperty("result", "Module reloaded");
    expect(await pidOfModule(host, "worker")).not.toBe(pid);
    const request = (id: number, method: string, params: string[]) => ({
      jsonrpc: "2.0",
      id,
      method,
      params,
    });
    expect(
      await post([
        request(1, "unloadmodule", ["worker"]),
        request(2, "listmodules", []),
        request(3, "loadmodule", ["worker"]),
        request(4, "listmodules", []),
      ]),
    ).toMatchObject([
      { result: "Module unloaded" },
      { result: [] },
      { result: "Module loaded" },
      { result: ["worker"] },
    ]);
  });

  it("says BUSY to a second operation on a module that is being loaded", async () => {
    await using folder = await hostFolder();
    await folder.install("silent", "mute");
    const host = folder.host({ modules: { enabled_modules: [] }, ipc: { start_timeout_ms: 60_000 } });
    await host.start();
    const { call } = await caller(folder, host);
    const loading = call("loadmodule", "silent");
    await pidOfModule(host, "silent");
    expect(await call("loadmodule", "silent")).toMatchObject({
      error: { code: -32_003, data: { code: "BUSY", retryable: true } },
    });
    const pid = await pidOfModule(host, "silent");
    process.kill(pid, "SIGKILL");
    expect(await loading).toMatchObject({ error: { data: { code: "MODULE_START_FAILED" } } });
  });

  it("lets a host in with its own cookie only, which is gone when the host is closed", async () => {
    await using one = await hostFolder();
    await using two = await hostFolder();
    const first = one.host();
    const second = two.host();
    await Promise.all([first.start(), second.start()]);
    const cookie = join(one.dataDir, ".cookie");
    expect((await stat(cookie)).mode & 0o777).toBe(0o600);
    const mixed = await caller(one, second);
    await expect(mixed.call("listmodules")).rejects.toThrow("status 401");
    const { call } = await caller(one, first);
    expect(await call("listmodules")).toHaveProperty("result", []);
    await first.close();
    expect(existsSync(cookie)).toBe(false);
    expect(existsSync(join(two.dataDir, ".cookie"))).toBe(true);
  });

  it("stays answerable while modules are shut down, and refuses to load more", async () => {
    await using folder = await hostFolder();
    await folder.install("stuck", "stubborn");
    await folder.install("worker", "recorder");
    const host = folder.host({
      modules: { enabled_modules: ["stuck"], stop_timeout_ms: 1000, kill_timeout_ms: 500 },
    });
    await host.start();
    const { call } = await caller(folder, host);
    const closing = host.close();
    expect(await call("loadmodule", "worker")).toMatchObject({
      error: { code: -32_006, data: { code: "MANAGER_CLOSED" } },
    });
    await closing;
    await until("the port is closed", () =>
      call("listmodules").then(
        () => false,
        () => true,
      ),
    );
  });
});
