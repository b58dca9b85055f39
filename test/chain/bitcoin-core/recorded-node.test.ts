import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { Subscriber } from "zeromq";
import { eventually, withDeadline } from "../../kit/ipc-deadline.js";
import { plainRpc, post } from "../../kit/plain-rpc.js";
import { computedAnswers } from "../../kit/recorded-answers.js";
import { delayMessages, dropMessages, duplicateMessages, randomFaults } from "../../kit/recorded-faults.js";
import { type RecordedNode, startRecordedNode } from "../../kit/recorded-node.js";
import { recordedSession, type ZmqEntry } from "../../kit/recorded-session.js";
import { NodeRefusal } from "../../kit/recorded-shapes.js";
import { RecordedState } from "../../kit/recorded-state.js";

const asRecorded = { network: "regtest", prunedBelowBlocks: 0, hasTxindex: true, missingMethods: [] };
const topics = ["hashblock", "rawblock", "hashtx", "rawtx", "sequence"] as const;
const published = recordedSession("regtest").filter((entry): entry is ZmqEntry => entry.kind === "zmq");

/** What Core's script printer adds, and what hangs on its memory or on files: the recording alone tells them. */
const untold = new Set(["asm", "desc", "address", "type", "mediantime", "size_on_disk", "usage", "fee"]);

/** `told` without what can't be computed; null results and the like stay. */
function computable(told: unknown): unknown {
  if (Array.isArray(told)) return told.map(computable);
  if (typeof told !== "object" || told === null) return told;
  const kept = Object.entries(told).filter(([name]) => !untold.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, computable(value)]));
}

describe("the recorded node's state", () => {
  it("computes at each moment what the real node answered then", () => {
    const state = new RecordedState(recordedSession("regtest"));
    const checked = new Map<string, number>();
    for (let entry = state.advance(); entry !== undefined; entry = state.advance()) {
      if (entry.kind !== "rpc") continue;
      const { method, params } = entry.request;
      // A template carries clocks and caches of the node's own.
      if (computedAnswers[method] === undefined || method === "getblocktemplate") continue;
      let result: unknown = null;
      let error: unknown = null;
      try {
        result = computedAnswers[method]?.(state, params, asRecorded);
      } catch (thrown) {
        if (!(thrown instanceof NodeRefusal)) throw thrown;
        error = { code: thrown.code, message: thrown.message };
      }
      const expected = entry.response;
      const where = `${method} ${JSON.stringify(params)} at entry ${state.position - 1}`;
      expect({ result: computable(result), error }, where).toEqual({
        result: computable(expected.result),
        error: expected.error,
      });
      checked.set(method, (checked.get(method) ?? 0) + 1);
    }
    expect(checked.size).toBe(16);
    expect([...checked.values()].reduce((sum, count) => sum + count, 0)).toBe(41);
  });
});

/** Listens to every topic until `count` messages came. */
async function listen(node: RecordedNode, count: number): Promise<{ all: Promise<Received[]> }> {
  const socket = new Subscriber({ linger: 0, receiveHighWaterMark: 10_000 });
  socket.connect(node.zmqAddress);
  for (const topic of topics) socket.subscribe(topic);
  await node.subscribed(topics);
  async function read(): Promise<Received[]> {
    const received: Received[] = [];
    while (received.length < count) {
      const [topic, body, counter] = await socket.receive();
      received.push([`${topic}`, body?.toString("hex") ?? "", counter?.readUInt32LE() ?? -1]);
    }
    socket.close();
    return received;
  }
  return { all: withDeadline(read(), `${count} publications`) };
}
type Received = readonly [topic: string, bodyHex: string, sequence: number];
const asReceived = ({ topic, body, sequence }: ZmqEntry): Received => [topic, body, sequence];

describe("the recorded node", () => {
  it("publishes the recording byte for byte and in its order", async () => {
    await using node = await startRecordedNode();
    const { all } = await listen(node, published.length);
    await node.finish();
    expect(await all).toEqual(published.map(asReceived));
  });

  it("is at the moment that its publications tell, or ahead of them", async () => {
    await using node = await startRecordedNode();
    const rpc = plainRpc(node);
    expect(await rpc.call("getblockcount")).toBe(100);
    // The entry after the step is the answer of the call that mined three blocks: no message came until then.
    await node.advanceBy(1);
    expect(await rpc.call("getblockcount")).toBe(103);
    await node.advanceTo("template");
    expect(await rpc.call("getrawmempool", [false, true])).toMatchObject({ mempool_sequence: 6 });
    await node.finish();
    expect(await rpc.call("getblockhash", [105])).toBe(await rpc.call("getbestblockhash"));
    await expect(rpc.call("nosuchmethod")).rejects.toMatchObject({ details: { rpcCode: -32601 } });
  });

  it("drops, repeats and delays the chosen messages", async () => {
    const sequence = published.filter(({ topic }) => topic === "sequence").map(asReceived);
    await using node = await startRecordedNode({
      zmqFaults: [
        dropMessages({ topic: "sequence", indexes: [0] }),
        duplicateMessages({ topic: "sequence", indexes: [1] }),
        // Each counts what reaches it: this is the repetition.
        delayMessages({ topic: "sequence", indexes: [2] }, 20),
      ],
    });
    const { all } = await listen(node, published.length);
    await node.finish();
    const got = (await all).filter(([topic]) => topic === "sequence");
    expect(got.slice(0, 3)).toEqual([sequence[1], sequence[2], sequence[3]]);
    expect(got.toSorted((a, b) => a[2] - b[2])).toEqual([sequence[1], sequence[2], ...sequence.slice(2)]);
  });

  it("spoils the same messages again under the same seed", () => {
    const pass = (seed: number) => {
      const fault = randomFaults(seed);
      const messages = published.map(({ topic, body, sequence }) => ({
        topic,
        body: Buffer.from(body, "hex"),
        sequence,
      }));
      return [...messages.flatMap((message) => fault.offer(message)), ...fault.flush()].map(
        ({ topic, sequence }) => `${topic} ${sequence}`,
      );
    };
    expect(pass(7)).toEqual(pass(7));
    expect(pass(7)).not.toEqual(pass(8));
    expect(new Set(pass(7)).size).toBeLessThan(published.length);
  });

  it("starts anew with another cookie, warms up, and counts from 0", async () => {
    await using node = await startRecordedNode();
    await node.advanceTo("mempool-add");
    const before = await readFile(node.cookieFile, "utf8");
    await node.restart(1);
    const [user = "", password = ""] = before.split(":");
    expect((await post({ url: node.url, user, password }, "{}")).status).toBe(401);
    const rpc = plainRpc(node);
    await expect(rpc.call("getblockcount")).rejects.toMatchObject({ details: { rpcCode: -28 } });
    expect(await rpc.call("getblockcount")).toBe(103);
    const { all } = await listen(node, 3);
    await node.advanceBy(3);
    expect((await all).map(([topic, , sequence]) => [topic, sequence])).toEqual([
      ["hashtx", 0],
      ["rawtx", 0],
      ["sequence", 0],
    ]);
  });

  it("refuses connections while it is stopped", async () => {
    await using node = await startRecordedNode();
    await node.stop();
    await expect(plainRpc(node).call("getblockcount")).rejects.toThrow("fetch failed");
  });

  it.each([
    ["half-json", 200, '{"result":100,"er'],
    ["html-503", 503, "<html><body>503 Service Unavailable</body></html>"],
    ["short-length", 200, '{"resul'],
    ["unauthorized", 401, ""],
    ["empty", 200, ""],
  ] as const)("answers with %s once and well afterwards", async (fault, status, text) => {
    await using node = await startRecordedNode();
    node.spoil(fault);
    const body = JSON.stringify({ method: "getblockcount", id: 1 });
    expect(await post(node, body)).toEqual({ status, text });
    expect(await plainRpc(node).call("getblockcount")).toBe(100);
  });

  it.each(["reset", "truncated"] as const)("breaks the connection: %s", async (fault) => {
    await using node = await startRecordedNode();
    node.spoil(fault, 1, "getblockcount");
    expect(await plainRpc(node).call("getbestblockhash")).toMatch(/^285c67/);
    await expect(plainRpc(node).call("getblockcount")).rejects.toThrow(/fetch failed|terminated/);
  });

  it("does not answer a stalled call until it is closed", async () => {
    const node = await startRecordedNode();
    node.spoil("stall");
    const stalled = plainRpc(node).call("getblockcount");
    const failed = expect(stalled).rejects.toThrow("fetch failed");
    await eventually("an open connection", () => node.connections > 0);
    await node.close();
    await failed;
  });

  it("can be pruned, on another network, without ZMQ and without txindex", async () => {
    await using node = await startRecordedNode({
      at: "template",
      prunedBelowBlocks: 103,
      network: "main",
      zmq: "off",
      hasTxindex: false,
    });
    const rpc = plainRpc(node);
    expect(await rpc.call("getzmqnotifications")).toEqual([]);
    expect(await rpc.call("getblockchaininfo")).toMatchObject({ chain: "main", pruned: true });
    const at = async (height: number) => rpc.call("getblock", [await rpc.call("getblockhash", [height]), 0]);
    await expect(at(102)).rejects.toMatchObject({ details: { rpcCode: -1 } });
    expect(await at(103)).toMatch(/^00000020/);
    const confirmed = "7b14ff8822392e377dfc6139605eb307c5cffb11c55132363e67ccd87a82ef57";
    await expect(rpc.call("getrawtransaction", [confirmed])).rejects.toMatchObject({
      details: { rpcCode: -5 },
    });
  });

  it("answers a long poll when the chain has changed", async () => {
    await using node = await startRecordedNode({ at: "template" });
    const rpc = plainRpc(node);
    const template = await rpc.call<{ longpollid: string }>("getblocktemplate", [{ rules: ["segwit"] }]);
    const next = rpc.call<{ height: number }>("getblocktemplate", [{ longpollid: template.longpollid }]);
    await node.finish();
    expect(await withDeadline(next, "the long poll")).toMatchObject({ height: 106, transactions: [] });
  });

  it("tells of peers and bans what the peers session recorded", async () => {
    await using node = await startRecordedNode({ session: "peers" });
    const rpc = plainRpc(node);
    expect(await rpc.call("getpeerinfo")).toEqual([]);
    await node.advanceTo("synced");
    expect(await rpc.call("getpeerinfo")).toMatchObject([
      { addr: "127.0.0.1:45450", services: "0000000000000c09" },
    ]);
    await node.advanceTo("unbanned");
    expect(await rpc.call("getpeerinfo")).toEqual([]);
    expect(await rpc.call("listbanned")).toMatchObject([
      { address: "127.0.0.2/32" },
      { address: "127.0.0.3/32" },
    ]);
    await node.finish();
    expect(await rpc.call("listbanned")).toMatchObject([{ address: "127.0.0.3/32" }]);
  });
});
