import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cliErrors } from "../../src/cli/errors.js";
import type { ConfigInput } from "../../src/config.js";
import { createHost, type Host } from "../../src/host.js";
import { runCommand } from "../cli/run-in-process.js";
import { ask } from "../http/start-server.js";
import { recordingLog } from "../kit/process-recording-log.js";
import { tempDir } from "../kit/process-temp-dir.js";

const foreign = "bcrt1qreeeksqde4xzjqpe7xupkfwgs9kjv3uwzwtk36";

/** A host without modules on a quiet devnet, and the ways to its methods. */
async function devnetHost() {
  const dir = await tempDir();
  const dataDir = join(dir.path, "data");
  const config: ConfigInput = {
    chain: { source: "devnet" },
    devnet: { activity: false, peers: 0, initial_blocks: 101 },
    http: { port: 0 },
    modules: { data_dir: dataDir, modules_dir: dir.path, shutdown_ack_ms: 50 },
    sandbox: { mode: "off" },
  };
  const host: Host = createHost(config, { log: recordingLog() });
  await host.start();
  const cookie = await readFile(join(dataDir, ".cookie"));
  const headers = { authorization: `Basic ${cookie.toString("base64")}`, "content-type": "application/json" };
  return {
    host,
    dataDir,
    path: dir.path,
    async http(method: string, ...params: unknown[]) {
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
      const reply = await ask(host.httpUrl ?? "", { method: "POST", headers, body });
      return JSON.parse(reply.text);
    },
    rpc: (...args: readonly string[]) => runCommand(["chain", "rpc", "--data-dir", dataDir, ...args]),
    export: (...args: readonly string[]) => runCommand(["chain", "export", "--data-dir", dataDir, ...args]),
    async [Symbol.asyncDispose]() {
      await host.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

describe("a host on a devnet", () => {
  it("is steered over HTTP and from the shell, with the same answers and error numbers", async () => {
    await using devnet = await devnetHost();
    const mined = await devnet.http("generatetoaddress", 2, foreign);
    expect(mined.result).toHaveLength(2);
    expect(await devnet.rpc("getblockcount")).toEqual({ code: 0, stdout: "103\n", stderr: "" });
    expect((await devnet.rpc("getbestblockhash")).stdout).toBe(`${mined.result[1]}\n`);
    const block = await devnet.http("getblock", mined.result[1], 2);
    expect(JSON.parse((await devnet.rpc("getblock", mined.result[1], "2")).stdout)).toEqual(block.result);
    const sent = await devnet.rpc(
      "--named",
      "sendtoaddress",
      `address=${foreign}`,
      "amount=0.5",
      "fee_rate=9",
    );
    const { result: entry } = await devnet.http("getmempoolentry", sent.stdout.trim());
    expect(Math.round(entry.fees.base * 1e8) / entry.vsize).toBeCloseTo(9, 0);
    expect(await devnet.rpc("invalidateblock", mined.result[1])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect((await devnet.rpc("getmempoolinfo", "--json")).stdout).toMatch(/^\{"loaded":true.*\}\n$/);
    expect(await devnet.http("getblockhash", 103)).toMatchObject({
      error: { code: -8, data: { code: "CHAIN_PARAMETER_INVALID" } },
    });
    const refused = await devnet.rpc("getblockhash", "-1");
    expect([refused.code, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toMatch(
      /^blvm-streams: getblockhash was refused \(error code -8\): Block height out of range/,
    );
  });

  it("tells in help and by refusals what its methods take", async () => {
    await using devnet = await devnetHost();
    const { result } = await devnet.http("help", "sendtoaddress");
    expect(result[0]).toMatchObject({ owner: "node", usage: expect.stringContaining("[fee_rate]") });
    const unknown = await devnet.rpc("getblokcount");
    expect(unknown.stderr).toContain("did you mean getblockcount?");
    const nameless = await devnet.rpc("--named", "getblockhash", "5");
    expect(nameless.stderr).toContain('"5" has no name');
    const twice = await devnet.rpc("--named", "getblockhash", "height=5", "height=6");
    expect(twice.stderr).toContain("height is given twice");
    // A hash of digits alone stays a text.
    expect((await devnet.rpc("getblock", "1".repeat(64))).stderr).toContain(
      "(error code -5): Block not found",
    );
  });

  it("takes a block of four million bytes in hex to the point where the chain refuses it", async () => {
    await using devnet = await devnetHost();
    const { error } = await devnet.http("submitblock", "00".repeat(4_000_000));
    expect([error.code, error.data.code]).toEqual([-22, "CHAIN_DECODE_FAILED"]);
  });

  it("answers others between the blocks of a long call", async () => {
    await using devnet = await devnetHost();
    let isDone = false;
    const long = devnet.http("generatetoaddress", 200, foreign).finally(() => {
      isDone = true;
    });
    const seen = new Set<number>();
    while (!isDone) seen.add((await devnet.http("getblockcount")).result);
    expect((await long).result).toHaveLength(200);
    expect([...seen].some((height) => height > 101 && height < 301)).toBe(true);
  });

  it("exports its blocks while it runs and after it is closed, to stdout or as a whole file", async () => {
    await using devnet = await devnetHost();
    await devnet.http("generatetoaddress", 1, foreign);
    const running = await devnet.export("--raw");
    const lines = running.stdout.trimEnd().split("\n");
    expect([running.code, lines.length, running.stderr]).toEqual([0, 102, ""]);
    expect(lines[101]).toBe(
      (await devnet.http("getblock", (await devnet.http("getbestblockhash")).result, 0)).result,
    );
    await devnet.host.close();
    const out = join(devnet.path, "chain.hex");
    const closed = await devnet.export("--raw", "--out", out, "--json");
    expect(JSON.parse(closed.stdout)).toEqual({ lines: 102, bytes: running.stdout.length, file: out });
    expect(await readFile(out, "utf8")).toBe(running.stdout);
    const requests = await devnet.export("--requests");
    expect(JSON.parse(requests.stdout.split("\n")[0] ?? "")).toMatchObject({ method: "submitblock" });
    expect(JSON.parse((await devnet.export("--json")).stderr)).toMatchObject({ lines: 102 });
  });

  it("has nothing to export where no chain was kept, or no file can be written", async () => {
    await using dir = await tempDir();
    const empty = await runCommand(["chain", "export", "--data-dir", dir.path]);
    expect([empty.code, empty.stdout]).toEqual([1, ""]);
    expect(empty.stderr).toContain("name its --config or --data-dir");
    expect(cliErrors.NO_KEPT_CHAIN({ path: dir.path }).code).toBe("NO_KEPT_CHAIN");
    await using devnet = await devnetHost();
    const out = join(devnet.path, "missing", "chain.hex");
    const failed = await devnet.export("--out", out);
    expect([failed.code, failed.stderr.includes("can't be written"), existsSync(out)]).toEqual([
      1,
      true,
      false,
    ]);
    const reason = "test";
    expect(cliErrors.CLI_EXPORT_FAILED({ file: out, reason }).code).toBe("CLI_EXPORT_FAILED");
    expect(cliErrors.CLI_RPC_REFUSED({ method: "stop", number: -1, reason }).code).toBe("CLI_RPC_REFUSED");
  });
});
