import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { realBitcoind } from "../../kit/real-node.js";
import { startDiary } from "./live-diary.js";
import { type LiveNode, startLiveNode } from "./live-node.js";

const narrow = ["-txindex=0", "-prune=1", "-fastprune", "-maxmempool=5", "-mempoolexpiry=1"];
/** So many of these don't fit into a mempool of 5 MB, by what they take of memory. */
const bulky = { moreOutputs: 20_000, tooMany: 6 };

describe.skipIf(realBitcoind() === undefined)("a real node with little room", () => {
  let node: LiveNode;
  beforeAll(async () => {
    node = await startLiveNode({ args: narrow });
  });
  afterAll(() => node?.[Symbol.asyncDispose]());

  it.each([
    ["with ZMQ", "auto"],
    ["by polling alone", "off"],
  ] as const)("tells what expired, and what had to give way, %s", async (_, zmq) => {
    await using diary = await startDiary(node, { zmq, poll_interval_ms: 50 });
    const told = ["Initial to Synced"];
    const spend = async (name: string, options: Parameters<LiveNode["spend"]>[0], ...after: string[]) => {
      diary.name(name, (await node.spend(options)).txid);
      told.push(`heard ${name}`, `in ${name}`, ...after);
      await diary.tells(told);
    };
    await spend("old", {});
    await node.ask("setmocktime", Math.floor(Date.now() / 1000) + 2 * 3600);
    await spend("young", { feeSat: 500_000 }, "out old: expired");
    for (let each = 1; each < bulky.tooMany; each += 1)
      await spend(`bulk ${each}`, { ...bulky, feeSat: each * 1_000_000 });
    await spend("last", { ...bulky, feeSat: 20_000_000 }, "out bulk 1: evicted");
    const waiting = await node.ask<readonly string[]>("getrawmempool");
    expect(new Set(await diary.source.queries.mempoolTransactions?.())).toEqual(new Set(waiting));
    // Without a dump of its mempool, and with the clock of the machine.
    await node.end("SIGKILL");
    node.launch();
    await node.ready();
    await node.mine(120);
  });

  it("doesn't have what it pruned, nor an index of transactions: each is an error of its own", async () => {
    await node.mine(500);
    await node.ask("pruneblockchain", 500);
    const old = await node.ask<string>("getblockhash", 2);
    await using diary = await startDiary(node);
    const { queries } = diary.source;
    await expect(queries.block?.(old)).rejects.toMatchObject({ code: "NODE_BLOCK_PRUNED" });
    expect(await queries.blockHeader?.(old)).toHaveLength(80);
    const { tx } = await node.ask<{ tx: readonly string[] }>(
      "getblock",
      await node.ask("getbestblockhash"),
      1,
    );
    await expect(queries.transaction?.(tx[0] ?? "")).rejects.toMatchObject({ code: "NODE_TXINDEX_MISSING" });
  });
});
