import { describe, expect, it } from "vitest";
import type { Host } from "../../src/host.js";
import { ModuleIntegration } from "../../src/sdk/index.js";
import { runCommand } from "../cli/run-in-process.js";
import { until } from "../kit/host-until.js";
import { type HostFolder, hostFolder } from "../kit/host-whole.js";

const mayAll = [
  "subscribe_events",
  "call_module",
  "register_module_api",
  "discover_modules",
  "read_metrics",
  "report_metrics",
];

/** A module of the host that this process plays. */
async function attach(folder: HostFolder, host: Host): Promise<ModuleIntegration> {
  await folder.install("asker", "mute", { capabilities: mayAll });
  const { env, token } = await host.modules.attachModule("asker");
  const module = await ModuleIntegration.connect({
    socketPath: env.SOCKET_PATH ?? "",
    moduleId: env.MODULE_ID ?? "",
    moduleName: "asker",
    version: "1.0.0",
    token,
  });
  await module.subscribeEvents([]);
  return module;
}

function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => "answered",
    (error: { code: string }) => error.code,
  );
}

describe("calls between the modules of a host", () => {
  it("reach other processes, load what is loaded on demand, and end with whoever dies", async () => {
    await using folder = await hostFolder();
    await folder.install("callee", "callee", { capabilities: mayAll });
    await folder.install("sleeper", "callee", { capabilities: mayAll });
    const host = folder.host({
      modules: { sleeper: { load: "on_demand" } },
      ipc: { requests_per_second: 0 },
    });
    await host.start();
    await using asker = await attach(folder, host);
    const { nodeApi } = asker;
    const pid = [...host.modules.instances].find(({ name }) => name === "callee")?.pid;
    expect(await asker.call("callee", "who")).toEqual({ callerId: asker.context.module_id, pid });

    // Installed, loaded on demand, loaded.
    expect(await nodeApi.isModuleAvailable("sleeper")).toBe(false);
    expect(await nodeApi.getModuleInfo("sleeper")).toMatchObject({
      module_id: "",
      status: "Stopped",
      api_version: 1,
    });
    const answers = await Promise.all(
      [1, 2, 3].map((n) => asker.call("sleeper", "echo", n, { timeoutMs: 30_000 })),
    );
    expect(answers).toEqual([1, 2, 3]);
    expect(await nodeApi.isModuleAvailable("sleeper")).toBe(true);
    const info = await nodeApi.getModuleInfo("sleeper");
    expect(info).toMatchObject({ module_name: "sleeper", status: "Running" });
    expect(await nodeApi.getModuleInfo(info?.module_id ?? "")).toEqual(info);
    expect(await nodeApi.getModuleInfo("nobody")).toBe(undefined);
    expect((await nodeApi.discoverModules()).map(({ module_name }) => module_name)).toEqual([
      "callee",
      "asker",
      "sleeper",
    ]);

    // One asks another in the service of a third.
    const through = { target: "sleeper", method: "who", params: null };
    expect(await asker.call("callee", "ask", through)).toMatchObject({
      callerId: expect.stringMatching(/^callee_[0-9a-f]{32}$/),
    });

    // Killed with a call in its hands, then not there at all.
    const call = codeOf(asker.call("callee", "die", undefined, { timeoutMs: 60_000 }));
    expect(await call).toBe("MODULE_UNAVAILABLE");
    await until("the host knows that it is dead", async () => !(await nodeApi.isModuleAvailable("callee")));
    expect(await codeOf(asker.call("callee", "echo"))).toBe("MODULE_UNAVAILABLE");
    expect(await codeOf(asker.call("nobody", "echo"))).toBe("MODULE_UNAVAILABLE");
    const unloading = codeOf(asker.call("sleeper", "never", undefined, { timeoutMs: 60_000 }));
    await until("the call has arrived", async () => (await asker.call("sleeper", "echo", 1)) === 1);
    await host.modules.unloadModule("sleeper");
    expect(await unloading).toBe("MODULE_UNAVAILABLE");
  });

  it("go to no module that says that it can't work, whether it was asked or not", async () => {
    await using folder = await hostFolder();
    await folder.install("callee", "callee", { capabilities: mayAll });
    const host = folder.host({ modules: { health_check_interval_s: 1 }, ipc: { requests_per_second: 0 } });
    await host.start();
    const told: string[] = [];
    host.events$("ModuleHealthChanged").subscribe(({ payload }) => {
      told.push(`${payload.module_name} ${payload.old_health} ${payload.new_health}`);
    });
    await using asker = await attach(folder, host);
    const { nodeApi } = asker;
    expect(await nodeApi.getAllModuleHealth()).toEqual([
      ["asker", "Healthy"],
      ["callee", "Healthy"],
    ]);

    await asker.call("callee", "say", { Degraded: "slow disk" });
    expect(await nodeApi.getModuleHealth("callee")).toEqual({ Degraded: "slow disk" });
    expect(await nodeApi.isModuleAvailable("callee")).toBe(true);

    // At the next health check the host asks, and the answer counts from then on.
    await asker.call("callee", "feel", { Unresponsive: "no database" });
    await until("the host has asked", async () => !(await nodeApi.isModuleAvailable("callee")));
    const id =
      (await nodeApi.discoverModules()).find(({ module_name }) => module_name === "callee")?.module_id ?? "";
    expect(await nodeApi.getModuleHealth(id)).toEqual({ Unresponsive: "no database" });
    const refused = await asker.call("callee", "echo").catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "MODULE_UNAVAILABLE", retryable: true });
    expect(String(refused)).toContain("no database");
    expect(told.slice(0, 1)).toEqual(["callee healthy degraded"]);
    expect(told.at(-1)).toMatch(/^callee (healthy|degraded) unhealthy$/);
    expect(await nodeApi.getModuleHealth("nobody")).toBe(undefined);
  });

  it("show in what a module used of its permissions", async () => {
    await using folder = await hostFolder();
    const declared = [...mayAll, "read_utxo", "spawn_processes"];
    await folder.install("callee", "callee", { capabilities: declared });
    const host = folder.host();
    await host.start();
    await using asker = await attach(folder, host);
    await asker.call("callee", "ask", { target: "nobody", method: "echo", params: null }).catch(() => {});
    const run = (...args: string[]) =>
      runCommand(["modules", "permissions", ...args, "--data-dir", folder.dataDir]);

    const plain = await run("callee");
    expect(plain.stdout).toMatch(
      /^CAPABILITY +THE MODULE MAY\nread_utxo +read unspent transaction outputs\n/,
    );
    const used = await run("callee", "--used");
    expect(used.stdout).toMatch(/^CAPABILITY +DECLARED +ALLOWED +DENIED +REMARK\n/);
    expect(used.stdout).toMatch(/\nread_utxo +yes +0 +0 +not used\n/);
    expect(used.stdout).toMatch(/\ncall_module +yes +1 +0 *\n/);
    expect(used.stdout).toMatch(/\nspawn_processes +yes +- +- +its use doesn't show in requests\n/);
    expect(used.stdout).toMatch(
      /\ncapabilities = \["subscribe_events", "call_module", "register_module_api", "spawn_processes"\]\n$/,
    );
    const json = JSON.parse((await run("callee", "--used", "--json")).stdout);
    expect(json.smallest).toEqual([
      "subscribe_events",
      "call_module",
      "register_module_api",
      "spawn_processes",
    ]);

    expect(await codeOf(asker.client.request("GetBlockHeight"))).toBe("PERMISSION_DENIED");
    expect((await run("asker", "--used")).stdout).toMatch(
      /\nread_chain_state +no +0 +1 +asked for, not declared\n/,
    );
    expect(await run("caller", "--used")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("callee"),
    });
    await host.close();
    expect(await run("callee")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("blvm-streams up"),
    });
  });
});
