import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Host } from "../../src/host.js";
import { ask } from "../http/start-server.js";
import { until } from "../kit/host-until.js";
import { type HostFolder, hostFolder } from "../kit/host-whole.js";
import { distUrl } from "../kit/process-dist.js";

const main = fileURLToPath(distUrl("cli/main.js"));

async function caller({ dataDir }: HostFolder, host: Host) {
  const cookie = await readFile(join(dataDir, ".cookie"));
  const headers = { authorization: `Basic ${cookie.toString("base64")}`, "content-type": "application/json" };
  return async (method: string, ...params: unknown[]) => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    return JSON.parse((await ask(host.httpUrl ?? "", { method: "POST", headers, body })).text);
  };
}

/** The command line in a process of its own. */
async function run({ dataDir, path }: HostFolder, ...words: string[]) {
  const child = spawn(process.execPath, [main, "module", "--data-dir", dataDir, ...words], { cwd: path });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { code, stdout, stderr };
}

describe("what a module's process offers to people", { timeout: 60_000 }, () => {
  it("is called over HTTP and from the command line, and goes and comes with the module", async () => {
    await using folder = await hostFolder();
    await folder.install("my-tool", "offers", {
      capabilities: ["register_rpc_endpoint", "subscribe_events"],
      rpcOverrides: ["analyzepsbt"],
    });
    const host = folder.host();
    await host.start();
    const call = await caller(folder, host);
    expect(await call("my_tool_echo", "hi")).toHaveProperty("result", { text: "hi", bytes: "6869" });
    expect(await call("my_tool_echo", 1)).toMatchObject({
      error: {
        code: -32_602,
        data: { code: "INVALID_PARAMS", module: "my-tool", details: { field: "params.text" } },
      },
    });
    expect(await call("analyzepsbt", "x")).toHaveProperty("result", { by: "my-tool", psbt: "x" });
    expect((await call("help")).result).toContainEqual({
      method: "my_tool_echo",
      usage: "my_tool_echo",
      description: "repeats",
      owner: "my-tool",
    });
    expect(await call("runmodulecli", "my-tool", "say", "--text", "a")).toHaveProperty("result", {
      stdout: "a\n",
      stderr: "\u001b[31mred\n",
      exit_code: 0,
    });
    expect(await call("getauditlog", 5, "my-tool")).toMatchObject({
      result: expect.arrayContaining([
        expect.objectContaining({ request: "RegisterCliSpec", allowed: true }),
      ]),
    });
    expect(await call("getblockcount")).toHaveProperty("error.data.code", "NOT_AVAILABLE");

    expect(await run(folder, "my-tool", "say", "-t", "hello", "--loud", "--code", "300")).toEqual({
      code: 255,
      stdout: "HELLO\n",
      stderr: "\u001b[31mred\n",
    });
    const help = await run(folder, "my-tool", "--help");
    expect([help.code, help.stdout]).toEqual([0, expect.stringMatching(/offers things.*say.*says it/s)]);

    expect(await call("reloadmodule", "my-tool")).toHaveProperty("result", "Module reloaded");
    expect(await call("my_tool_echo", "again")).toHaveProperty("result.text", "again");
    // The process ends in the middle of the call.
    expect(await call("my_tool_exit")).toMatchObject({
      error: { code: -32_603, data: { code: "MODULE_GONE" } },
    });
    await until("the methods are gone", async () => {
      const { error } = await call("my_tool_echo", "hi");
      return error?.data.code === "RPC_METHOD_NOT_FOUND";
    });
    expect(await call("analyzepsbt", "x")).toHaveProperty("error.code", -32_001);
    const gone = await run(folder, "my-tool", "say", "-t", "x");
    expect([gone.code, gone.stderr]).toEqual([
      1,
      expect.stringContaining("no module of that name is loaded"),
    ]);
  });
});
