import { chmod, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type ManagerUnderTest, pidOf, startManager } from "../kit/host-manager.js";
import { until } from "../kit/host-until.js";
import { lifeOf } from "../kit/module-life.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { gone } from "../kit/process-watch.js";

const sdk = new URL("../../dist/sdk/index.js", import.meta.url).href;
const recorder = fileURLToPath(new URL("../fixtures/modules/recorder.js", import.meta.url));

/** Installs a module whose entry point is this text. */
async function installScript(
  { modulesDir }: ManagerUnderTest,
  entryPoint: string,
  text: string,
): Promise<void> {
  const folder = join(modulesDir, "script");
  await mkdir(folder);
  await writeFile(
    join(folder, "module.toml"),
    `name = "script"\nversion = "1.0.0"\nentry_point = "${entryPoint}"\ncapabilities = ["subscribe_events"]\n`,
  );
  await writeFile(join(folder, entryPoint), text);
  await chmod(join(folder, entryPoint), 0o755);
}

function loadFailure(host: ManagerUnderTest): Promise<{ code: string; message: string }> {
  return host.manager.loadModule("script").then(
    () => Promise.reject(new Error("it was loaded")),
    (error: { code: string; message: string }) => error,
  );
}

describe("ModuleInstance", () => {
  it("runs an entry point that is no JavaScript by itself", async () => {
    await using host = await startManager();
    await installScript(host, "run.sh", `#!/bin/sh\nexec ${process.execPath} ${recorder}\n`);
    await host.manager.loadModule("script");
    host.publishMany(3);
    await until("it receives", () => host.stats("script").delivered === 3);
  });

  it("fails its start when the program's interpreter is missing", async () => {
    await using host = await startManager();
    await installScript(host, "run.sh", "#!/nonexistent/interpreter\n");
    expect(await loadFailure(host)).toMatchObject({
      code: "BAD_BINARY",
      message: expect.stringContaining("/nonexistent/interpreter"),
    });
    expect([...host.manager.instances]).toEqual([]);
  });

  it("logs the last words of a module before it tells of its end", async () => {
    await using host = await startManager();
    await installScript(host, "main.mjs", 'throw new Error("no configuration, no work");');
    expect(await loadFailure(host)).toMatchObject({ message: expect.stringContaining("exited with code 1") });
    const lines = host.log.messages();
    const lastWords = lines.findIndex((line) => line.includes("Error: no configuration, no work"));
    expect(lastWords).toBeGreaterThanOrEqual(0);
    expect(lines.indexOf("module crashed")).toBeGreaterThan(lastWords);
  });

  it("counts as delivered what a module acknowledged right before it ended", async () => {
    await using host = await startManager();
    const text = [
      `import { ModuleIntegration } from "${sdk}";`,
      "const module = await ModuleIntegration.connect();",
      "let handled = 0;",
      'module.on("MempoolTransactionAdded", async () => {',
      "  handled += 1;",
      "  if (handled === 51) {",
      "    await module.close();",
      "    process.exit(0);",
      "  }",
      "});",
      'await module.subscribeEvents(["MempoolTransactionAdded"]);',
    ];
    await installScript(host, "main.mjs", text.join("\n"));
    await host.manager.loadModule("script");
    host.publishMany(51);
    await until("it is gone", () => [...host.manager.instances].length === 0);
    // The last one was still being handled.
    expect(host.stats("script")).toMatchObject({ delivered: 50, fate_unknown: 1 });
  });

  it("tells who gave another module's identity why its load failed", async () => {
    await using host = await startManager();
    const text = `import { ModuleIntegration } from "${sdk}";\nawait ModuleIntegration.connect({ moduleName: "other" });\n`;
    await installScript(host, "main.mjs", text);
    const { message } = await loadFailure(host);
    expect(message).toContain("was turned away at descriptor 3: the handshake's module_name");
    expect(message).toContain("exited with code 1");
    expect(host.log.lines).toContainEqual({
      level: "warn",
      fields: expect.objectContaining({ module: "script", door: "fd", code: "IDENTITY_MISMATCH" }),
      message: "a connection was turned away",
    });
  });

  it("lets a module in through its path with the token on its standard input", async () => {
    await using host = await startManager();
    const text = [
      `import { ModuleIntegration } from "${sdk}";`,
      "const module = await ModuleIntegration.connect({ socketPath: process.env.SOCKET_PATH });",
      'module.on("MempoolTransactionAdded", () => {});',
      'await module.subscribeEvents(["MempoolTransactionAdded"]);',
      "await module.closed;",
      "process.exit(0);",
    ];
    await installScript(host, "main.mjs", text.join("\n"));
    await host.manager.loadModule("script");
    expect(host.log.lines).toContainEqual(
      expect.objectContaining({
        message: "module connected",
        fields: expect.objectContaining({ door: "path" }),
      }),
    );
    host.publishMany(5);
    await until("it receives", () => host.stats("script").delivered === 5);
    await host.manager.unloadModule("script");
    expect(host.stats("script")).toMatchObject({ delivered: 5, failed: 0 });
  });

  it("is not loaded by a handshake alone", async () => {
    await using host = await startManager({ ipc: { start_timeout_ms: 1000 } });
    const text = `import { ModuleClient } from "${sdk}";\nawait ModuleClient.connect();\nsetInterval(() => {}, 1000);\n`;
    await installScript(host, "main.mjs", text);
    expect(await loadFailure(host)).toMatchObject({
      code: "MODULE_START_FAILED",
      message: expect.stringContaining("did not subscribe within 1000 ms of its start"),
    });
    expect(lifeOf(host)).toEqual([
      "ModuleDiscovered",
      "Stopped>Initializing",
      "ModuleStarted",
      "Initializing>Error",
      "ModuleCrashed",
    ]);
  });

  it("fails with SOCKET_PATH_TOO_LONG below a folder that is too deep, and starts no process", async () => {
    await using deep = await tempDir();
    const socketDir = join(deep.path, "s".repeat(100));
    await using host = await startManager({ socketDir });
    await host.install("recorder", "recorder");
    await expect(host.manager.loadModule("recorder")).rejects.toMatchObject({ code: "SOCKET_PATH_TOO_LONG" });
    expect([...host.manager.instances]).toEqual([]);
    expect(await readdir(socketDir)).toEqual([]);
  });

  it("leaves no socket and no folder of its doors behind", async () => {
    await using sockets = await tempDir();
    await using host = await startManager({ socketDir: sockets.path });
    await host.run("recorder", "recorder");
    await host.manager.reloadModule("recorder");
    await host.manager.unloadModule("recorder");
    await host.install("stillborn", "early-exit");
    await host.manager.loadModule("stillborn").catch(() => {});
    expect(await readdir(sockets.path)).toEqual([]);
  });

  it("ends as usual when its folder is deleted while it runs", async () => {
    await using sockets = await tempDir();
    await using host = await startManager({ socketDir: sockets.path });
    await host.run("recorder", "recorder");
    const pid = pidOf(host, "recorder");
    await rm(sockets.path, { recursive: true });
    await rm(join(host.modulesDir, "recorder"), { recursive: true });
    await host.manager.unloadModule("recorder");
    await gone(pid, 5000);
    expect(await host.manager.listModules()).toEqual([]);
  });

  it("is gone after kill, without a word of a crash", async () => {
    await using host = await startManager();
    await host.run("stubborn", "stubborn");
    const [instance] = host.manager.instances;
    instance?.kill();
    expect(await instance?.ended).toMatchObject({ wasAsked: true, isCrash: false });
    await until("it is off the list", () => [...host.manager.instances].length === 0);
    expect(lifeOf(host).slice(3)).toEqual([
      "ModuleLoaded",
      "Initializing>Running",
      "ModuleStopped",
      "ModuleUnloaded",
      "Running>Stopped",
    ]);
  });

  it("answers the same promise to each request to stop", async () => {
    await using host = await startManager();
    await host.run("recorder", "recorder");
    const [instance] = host.manager.instances;
    const stopping = instance?.stop("unload");
    expect(instance?.stop("shutdown")).toBe(stopping);
    await stopping;
    expect((await host.recording("recorder")).stops).toEqual(["unload"]);
  });
});
