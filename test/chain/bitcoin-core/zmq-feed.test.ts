import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import type { NodeNotice } from "../../../src/chain/bitcoin-core/node-notice.js";
import { zmqEndpoints } from "../../../src/chain/bitcoin-core/zmq-endpoints.js";
import { MessageReader, openZmqFeed } from "../../../src/chain/bitcoin-core/zmq-feed.js";
import { recordLog } from "../log-recorder.js";

function reader() {
  const scheduler = new VirtualTimeScheduler();
  const notices: NodeNotice[] = [];
  const log = recordLog();
  const messages = new MessageReader({ log, scheduler, onNotice: (notice) => notices.push(notice) });
  const send = (counter: number, body = Buffer.alloc(33, 0x43)) => {
    const number = Buffer.alloc(4);
    number.writeUInt32LE(counter);
    messages.read("sequence", [Buffer.from("sequence"), body, number]);
  };
  return { scheduler, notices, log, messages, send, kinds: () => notices.map(({ kind }) => kind) };
}

describe("messages of a node", () => {
  it("tell a gap at the first, at each number that doesn't follow, and at a new beginning", () => {
    const { send, kinds } = reader();
    for (const counter of [0xff_ff_ff_fe, 0xff_ff_ff_ff, 0, 1, 3, 3, 2, 3, 0, 1]) send(counter);
    const told = (gap: boolean) => (gap ? ["gap", "connected"] : ["connected"]);
    expect(kinds()).toEqual([true, false, false, false, true, true, true, false, true, false].flatMap(told));
  });

  it("are read by length and label", () => {
    const { send, notices } = reader();
    const hash = "ab".repeat(32);
    const withLabel = (label: string, ...rest: number[]) =>
      Buffer.concat([Buffer.from(hash, "hex"), Buffer.from(label), Buffer.from(rest)]);
    send(1, withLabel("C"));
    send(2, withLabel("D"));
    send(3, withLabel("A", 1, 2, 0, 0, 0, 0, 0, 0));
    send(4, withLabel("R", 7, 0, 0, 0, 0, 0, 0, 0));
    expect(notices.slice(1)).toEqual([
      { kind: "connected", hash },
      { kind: "disconnected", hash },
      { kind: "added", txid: hash, mempoolSequence: 513 },
      { kind: "removed", txid: hash, mempoolSequence: 7 },
    ]);
  });

  it("that nobody understands are counted, and logged once a minute", () => {
    const { scheduler, messages, log, notices } = reader();
    const bad = [[], [Buffer.from("sequence")], [Buffer.from("x"), Buffer.alloc(33), Buffer.alloc(4)]];
    for (const parts of bad) messages.read("sequence", parts);
    messages.read(undefined, [Buffer.from("x"), Buffer.alloc(33), Buffer.alloc(4)]);
    expect(log.lines).toHaveLength(1);
    scheduler.schedule(() => messages.read("hashtx", []), 60_001);
    scheduler.flush();
    expect(log.lines).toHaveLength(2);
    expect([messages.malformed, notices]).toEqual([5, []]);
  });
});

describe("where to listen", () => {
  it("is each topic once, at the node's host where the address stands for all of its own", () => {
    const all = ["hashblock", "hashtx", "rawblock", "rawtx", "sequence"];
    const at = (address: string) => all.map((topic) => ({ type: `pub${topic}`, address, hwm: 1000 }));
    expect(zmqEndpoints(at("tcp://0.0.0.0:28332"), "http://node.example:8332")).toEqual([
      { address: "tcp://node.example:28332", topics: ["sequence", "hashblock"] },
    ]);
    expect(zmqEndpoints(at("tcp://*:1"), "http://[::1]:8332")[0]?.address).toBe("tcp://[::1]:1");
    const some = [
      { type: "pubrawblock", address: "tcp://10.0.0.1:1" },
      { type: "pubrawtx", address: "ipc:///run/tx" },
      { type: "pubnews", address: "tcp://10.0.0.1:3" },
      null,
    ];
    expect(zmqEndpoints(some, "http://127.0.0.1:8332")).toEqual([
      { address: "tcp://10.0.0.1:1", topics: ["rawblock"] },
      { address: "ipc:///run/tx", topics: ["rawtx"] },
    ]);
    expect(zmqEndpoints("none", "http://127.0.0.1:8332")).toEqual([]);
  });

  it("needs a library, whose absence is told with what to install", async () => {
    const opened = openZmqFeed(
      {
        log: recordLog(),
        scheduler: new VirtualTimeScheduler(),
        onNotice: () => {},
        load: () => Promise.reject(new Error("Cannot find package 'zeromq'\nmore")),
      },
      [],
    );
    await expect(opened).rejects.toMatchObject({
      code: "ZMQ_UNAVAILABLE",
      message: expect.stringContaining("npm install zeromq"),
    });
  });
});
