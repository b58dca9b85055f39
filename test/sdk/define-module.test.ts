import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { startTestHost, type TestHost } from "../../src/testing/index.js";
import { withDeadline } from "../kit/ipc-deadline.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs a module file whose setup is given as text in a process of its own. */
async function runModule(host: TestHost, setup: string, changes: Readonly<Record<string, string>> = {}) {
  const { env } = await host.door("defined");
  const imports = 'import { defineModule } from "blvm-streams/sdk"; import { z } from "zod";';
  const program = `${imports} defineModule({ setup: ${setup} });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    cwd: root,
    env: { ...env, ...changes },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const exited = once(child, "close").then(([code]) => code as number | null);
  return {
    child,
    exitCode: () => withDeadline(exited, "the end of the module process"),
    stderr: () => stderr,
    [Symbol.asyncDispose]: async () => void child.kill("SIGKILL"),
  };
}

const subscribes = `async (module) => {
  setInterval(() => {}, 1000);
  await module.subscribeEvents([]);
}`;

describe("defineModule", () => {
  it("ends with 0 after a stop, though the module holds timers", async () => {
    await using host = await startTestHost();
    await using run = await runModule(host, subscribes);
    await host.loaded("defined", { timeoutMs: 20_000 });
    await host.stop("defined", { timeoutMs: 20_000 });
    expect(await run.exitCode()).toBe(0);
    expect(run.stderr()).toBe("");
  }, 60_000);

  it("hands its setup the configuration as the schema reads it", async () => {
    await using host = await startTestHost();
    const setup = `async (module, config) => {
      await module.subscribeEvents(["ConfigLoaded"]);
      config.changes$.subscribe(({ config: { port } }) => process.exit(port));
      if (config.current.port !== 7) process.exit(1);
    }, config: z.object({ port: z.int().default(80) })`;
    await using run = await runModule(host, setup, { MODULE_CONFIG_PORT: "7" });
    await host.loaded("defined", { timeoutMs: 20_000 });
    const config_json = JSON.stringify({ config: { modules: { defined: { port: 42 } } } });
    host.publish("ConfigLoaded", { changed_sections: ["modules.defined"], config_json });
    expect(await run.exitCode()).toBe(42);
  }, 60_000);

  it("ends with 1 and says why when its configuration does not fit the schema", async () => {
    await using host = await startTestHost();
    const setup = `async () => {}, config: z.object({ port: z.int() })`;
    await using run = await runModule(host, setup, { MODULE_CONFIG_PORT: "many" });
    expect(await run.exitCode()).toBe(1);
    expect(run.stderr()).toContain(
      'configuration of defined: port is "many"; allowed: an integer; correct it',
    );
  }, 60_000);

  it("ends with 0 at SIGTERM", async () => {
    await using host = await startTestHost();
    const setup = `async (module) => {
      module.on("ModuleLoaded", () => {});
      await module.subscribeEvents(["ModuleLoaded"]);
    }`;
    await using run = await runModule(host, setup);
    await host.loaded("defined", { timeoutMs: 20_000 });
    // It has handled its own ModuleLoaded: its setup is over.
    await host.settled("defined", { timeoutMs: 20_000 });
    run.child.kill("SIGTERM");
    expect(await run.exitCode()).toBe(0);
  }, 60_000);

  it("ends with 1 and the reason when its setup fails", async () => {
    await using host = await startTestHost();
    await using run = await runModule(host, `() => { throw new Error("no disk"); }`);
    expect(await run.exitCode()).toBe(1);
    expect(run.stderr()).toContain("no disk");
  }, 60_000);

  it("ends with 1 and the reason when it can't connect or is cut off", async () => {
    await using host = await startTestHost();
    await using stranger = await runModule(host, subscribes, { BLVM_IPC_TOKEN: "wrong" });
    expect(await stranger.exitCode()).toBe(1);
    expect(stranger.stderr()).toContain("token");
    await using liar = await runModule(host, "(module) => module.client.acknowledge(1000)");
    expect(await liar.exitCode()).toBe(1);
    expect(liar.stderr()).toContain("never sent");
  }, 60_000);
});
