import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { createBitcoinCoreSource } from "../../../src/chain/bitcoin-core/bitcoin-core-source.js";
import { bitcoinCoreOptions } from "../../../src/chain/bitcoin-core/options.js";
import { createRpcClient } from "../../../src/chain/bitcoin-core/rpc-client.js";
import { startRecordedNode } from "../../kit/recorded-node.js";
import { timeLimitMs } from "../../kit/time-limit.js";
import { recordLog } from "../log-recorder.js";

const optionsOf = (given: Record<string, unknown>) =>
  bitcoinCoreOptions.parse({ retry_max_ms: 50, timeout_ms: 300, ...given });

const clientOf = (given: Record<string, unknown>) => createRpcClient({}, optionsOf(given));

async function codeOf(answer: Promise<unknown>): Promise<unknown> {
  const error = await answer.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return (error as { code?: unknown } | undefined)?.code;
}

describe("a client of a node's RPC", () => {
  it("keeps its connections and answers many calls at once", async () => {
    await using node = await startRecordedNode();
    const client = clientOf({ url: node.url, cookie_file: node.cookieFile, timeout_ms: 5000 });
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.call("getblockcount")));
    expect(new Set(answers).size).toBe(1);
    expect(node.connections).toBeLessThanOrEqual(6);
    client.close();
  });

  it("reads the cookie anew when the node refuses the old one", async () => {
    await using node = await startRecordedNode();
    const client = clientOf({ url: node.url, cookie_file: node.cookieFile, timeout_ms: 5000 });
    await client.call("getblockcount");
    await node.restart(0);
    await expect(client.call("getblockcount")).resolves.toBeTypeOf("number");
    client.close();
  });

  it("names what went wrong with a code of its own, and no secret", async () => {
    await using node = await startRecordedNode({ prunedBelowBlocks: 1000, hasTxindex: false });
    const login = { url: node.url, user: node.user, password: node.password };
    const client = clientOf(login);
    await node.advanceTo("mempool-add");
    const first = (await client.call<string>("getblockhash", [101])) ?? "";
    expect(await codeOf(client.call("nosuchmethod"))).toBe("NODE_METHOD_MISSING");
    expect(await codeOf(client.call("getblockhash", [999_999]))).toBe("NODE_RPC_ERROR");
    expect(await codeOf(client.call("getblock", [first, 0]))).toBe("NODE_BLOCK_PRUNED");
    expect(await codeOf(client.call("getrawtransaction", ["11".repeat(32)]))).toBe("NODE_TXINDEX_MISSING");
    node.spoil("warm-up");
    expect(await codeOf(client.call("getblockcount"))).toBe("NODE_WARMING_UP");
    node.spoil("html-503");
    expect(await codeOf(client.call("getblockcount"))).toBe("NODE_ANSWER_INVALID");
    node.spoil("stall");
    expect(await codeOf(client.call("getblockcount"))).toBe("NODE_CALL_TIMEOUT");
    client.close();
    expect(await codeOf(client.call("getblockcount"))).toBe("CHAIN_SOURCE_CLOSED");

    const wrong = clientOf({ ...login, password: "wrong secret" });
    const refused = await wrong.call("getblockcount").catch((reason: unknown) => reason);
    expect(refused).toMatchObject({ code: "NODE_LOGIN_REFUSED" });
    expect(JSON.stringify(refused) + String(refused)).not.toMatch(/secret|__cookie__/);
    wrong.close();

    for (const unclear of [
      { user: "someone" },
      { password: "secret" },
      { user: "someone", password: "secret", cookie_file: node.cookieFile },
    ]) {
      const making = () => clientOf({ url: node.url, ...unclear });
      expect(making).toThrow(expect.objectContaining({ code: "NODE_LOGIN_UNCLEAR" }));
      expect(making).not.toThrow(/secret/);
    }

    const cookieless = clientOf({ url: node.url, cookie_file: `${node.cookieFile}.none` });
    expect(await codeOf(cookieless.call("getblockcount"))).toBe("NODE_COOKIE_UNREADABLE");
    await writeFile(`${node.cookieFile}.none`, "half");
    expect(await codeOf(cookieless.call("getblockcount"))).toBe("NODE_COOKIE_UNREADABLE");
    cookieless.close();
    for (const file of ["/dev/zero", tmpdir()]) {
      const misled = clientOf({ url: node.url, cookie_file: file });
      expect(await codeOf(misled.call("getblockcount")), file).toBe("NODE_COOKIE_UNREADABLE");
      misled.close();
    }

    await node.stop();
    const nobody = clientOf(login);
    expect(await codeOf(nobody.call("getblockcount"))).toBe("NODE_UNREACHABLE");
    nobody.close();
  });

  it("refuses calls beyond a thousand that wait, and an answer that never ends", async () => {
    const server = createServer((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(1_000_000)));
        response.once("drain", more);
      };
      more();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = createRpcClient({ maxAnswerBytes: 5_000_000 }, optionsOf({ url, timeout_ms: 20_000 }));
    const error = await client.call("getblockcount").catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "NODE_ANSWER_INVALID" });
    const waiting = Array.from({ length: 1000 }, () => client.call("getblockcount").catch(() => {}));
    expect(await codeOf(client.call("getblockcount"))).toBe("NODE_CALLS_EXCEEDED");
    client.close();
    await Promise.all(waiting);
    server.closeAllConnections();
    server.close();
  });

  it("ends all calls within a second when it is closed", async () => {
    await using node = await startRecordedNode();
    const client = clientOf({ url: node.url, cookie_file: node.cookieFile, timeout_ms: 60_000 });
    node.spoil("stall", 10);
    const calls = Array.from({ length: 10 }, () => codeOf(client.call("getblockcount")));
    await new Promise((resolve) => setImmediate(resolve));
    const startedMs = performance.now();
    client.close();
    expect(new Set(await Promise.all(calls))).toEqual(new Set(["CHAIN_SOURCE_CLOSED"]));
    expect(performance.now() - startedMs).toBeLessThan(timeLimitMs(1000));
  });
});

describe("a source that starts", () => {
  it("refuses a node on another network at once", async () => {
    await using node = await startRecordedNode();
    const options = optionsOf({ url: node.url, cookie_file: node.cookieFile, network: "main" });
    await using source = createBitcoinCoreSource({ log: recordLog() }, options);
    expect(await codeOf(source.start())).toBe("NODE_WRONG_NETWORK");
  });

  it("gives up after timeout_ms with what was wrong, and waits for a node that warms up", async () => {
    await using node = await startRecordedNode();
    const url = { url: node.url, cookie_file: node.cookieFile };
    await node.stop();
    await using hopeless = createBitcoinCoreSource({ log: recordLog() }, optionsOf(url));
    expect(await codeOf(hopeless.start())).toBe("NODE_UNREACHABLE");
    await node.start(12);
    const log = recordLog();
    await using source = createBitcoinCoreSource({ log }, optionsOf(url));
    await source.start();
    expect(log.lines[0]?.message).toContain("waits for the node: the node is starting");
  });

  it("closes within a second while it waits", async () => {
    const source = createBitcoinCoreSource(
      { log: recordLog() },
      optionsOf({ url: "http://127.0.0.1:1", timeout_ms: 60_000 }),
    );
    const started = codeOf(source.start());
    await new Promise((resolve) => setImmediate(resolve));
    const startedMs = performance.now();
    await source.close();
    expect(await started).toBe("CHAIN_SOURCE_CLOSED");
    expect(performance.now() - startedMs).toBeLessThan(timeLimitMs(1000));
  });
});
