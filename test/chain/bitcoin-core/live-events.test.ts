import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ChainEvent } from "../../../src/chain/index.js";
import { eventually } from "../../kit/ipc-deadline.js";
import { realBitcoind, startRealNode } from "../../kit/real-node.js";
import { beginningOf, EventLedger } from "../event-ledger.js";
import { recordEvents } from "../event-recorder.js";
import { startDiary } from "./live-diary.js";
import { type LiveNode, sourceOf, spending, startLiveNode } from "./live-node.js";

describe.skipIf(realBitcoind() === undefined)("what a real node's life is told as", () => {
  let node: LiveNode;
  beforeAll(async () => {
    node = await startLiveNode();
  });
  afterAll(() => node?.[Symbol.asyncDispose]());

  describe.each([
    ["with ZMQ", "auto"],
    ["by polling alone", "off"],
  ] as const)("%s", (_, zmq) => {
    const options = { zmq, poll_interval_ms: 50 };

    it("a branch that is taken back, another one, and the first again", async () => {
      await using diary = await startDiary(node, options);
      const [b1 = "", b2] = await node.mine(2);
      diary.name("b1", b1);
      diary.name("b2", b2);
      const told = ["Initial to Synced", "+b1", "+b2"];
      await diary.tells(told);
      await node.ask("invalidateblock", b1);
      await diary.tells(told.concat("-b2", "-b1"));
      const [c1] = await node.mine(1, "52");
      diary.name("c1", c1);
      const other = told.concat("-b2", "-b1", "b2 to c1", "+c1");
      await diary.tells(other);
      await node.ask("reconsiderblock", b1);
      await diary.tells(other.concat("-c1", "c1 to b2", "+b1", "+b2"));
    });

    it("a payment, its replacement, and the block that takes it", async () => {
      await using diary = await startDiary(node, options);
      const coin = await node.coin();
      diary.name("first", (await node.spend({ coin, feeSat: 10_000 })).txid);
      const first = ["Initial to Synced", "heard first", "in first"];
      await diary.tells(first);
      diary.name("second", (await node.spend({ coin, feeSat: 50_000 })).txid);
      const second = first.concat("out first: replaced", "heard second", "in second");
      await diary.tells(second);
      diary.name("block", (await node.mine(1))[0]);
      await diary.tells(second.concat("+block", "out second: confirmed"));
    });

    it("a payment and its child, whose coin a block spends otherwise", async () => {
      await using diary = await startDiary(node, options);
      const coin = await node.coin();
      const parent = await node.spend({ coin });
      diary.name("parent", parent.txid);
      await diary.tells(["Initial to Synced", "heard parent", "in parent"]);
      diary.name("child", (await node.spend({ coin: parent })).txid);
      const before = ["Initial to Synced", "heard parent", "in parent", "heard child", "in child"];
      await diary.tells(before);
      const other = spending(coin.txid, coin.index, 1_000_000);
      const { descriptor } = await node.ask<{ descriptor: string }>("getdescriptorinfo", "raw(51)");
      diary.name("block", (await node.ask<{ hash: string }>("generateblock", descriptor, [other])).hash);
      await diary.tells(before.concat("+block", "out child: conflict", "out parent: conflict"));
    });

    it("a payment that comes back with its block's end, and goes with the next", async () => {
      await using diary = await startDiary(node, options);
      diary.name("payment", (await node.spend()).txid);
      await diary.tells(["Initial to Synced", "heard payment", "in payment"]);
      const [b = ""] = await node.mine(1);
      diary.name("b", b);
      const taken = ["Initial to Synced", "heard payment", "in payment", "+b", "out payment: confirmed"];
      await diary.tells(taken);
      await node.ask("invalidateblock", b);
      const back = taken.concat("-b", "in payment");
      await diary.tells(back);
      diary.name("c", (await node.mine(1, "52"))[0]);
      await diary.tells(back.concat("b to c", "+c", "out payment: confirmed"));
    });

    it("a life faster than anybody can ask, without a contradiction and up to its end", async () => {
      await using source = sourceOf(node, options);
      const recorder = recordEvents(source);
      await source.start();
      const ledger = new EventLedger(await beginningOf(source, 0));
      for (let round = 0; round < 4; round += 1) {
        await node.spend();
        await node.mine(1);
        const { txid, index, valueSat } = await node.spend();
        await node.spend({ coin: { txid, index, valueSat } });
        const [first = ""] = await node.mine(2);
        await node.ask("invalidateblock", first);
        await node.mine(3, "52");
      }
      await node.spend();
      const [tip, waiting] = [await node.ask("getbestblockhash"), await node.ask<string[]>("getrawmempool")];
      let applied = 0;
      await eventually("the end", () => {
        for (; applied < recorder.events.length; applied += 1)
          ledger.apply(recorder.events[applied] as ChainEvent);
        return ledger.tip?.hash === tip && waiting.every((txid) => ledger.mempool.has(txid));
      });
      expect([...ledger.mempool].toSorted()).toEqual(waiting.toSorted());
      await node.mine(1);
    });

    it("a peer that comes, is banned with its connection, and no longer is", async () => {
      await using diary = await startDiary(node, options);
      await diary.tells(["Initial to Synced"]);
      await using peer = await startRealNode();
      await eventually("a peer", () =>
        peer
          .ask("addnode", `127.0.0.1:${node.p2pPort}`, "onetry")
          .then(async () => (await node.ask<unknown[]>("getpeerinfo")).length > 0),
      );
      const came = ["Initial to Synced", "peer of version 70016 came"];
      await diary.tells(came);
      await node.ask("setban", "127.0.0.1", "add", 600);
      const banned = came.concat(
        "banned 127.0.0.1 for 600: put on the node's ban list (setban)",
        "peer left: ban",
      );
      await diary.tells(banned);
      await node.ask("setban", "127.0.0.1", "remove");
      await diary.tells(banned.concat("unbanned 127.0.0.1"));
    });

    it("its death by SIGKILL and what it knows when it is back", async () => {
      await using diary = await startDiary(node, options);
      diary.name("kept", (await node.mine(1))[0]);
      await diary.tells(["Initial to Synced", "+kept"]);
      // Writes everything to disk; what comes after is lost with the process.
      await node.ask("gettxoutsetinfo", "none");
      diary.name("payment", (await node.spend()).txid);
      const before = ["Initial to Synced", "+kept", "heard payment", "in payment"];
      await diary.tells(before);
      await node.end("SIGKILL");
      await diary.tells(before.concat("Synced to Error"));
      node.launch();
      const back = before.concat("Synced to Error", "Initial to Synced", "out payment: expired");
      await diary.tells(back);
      diary.name("next", (await node.mine(1))[0]);
      await diary.tells(back.concat("+next"));
    });
  });

  it("is followed from its warm-up on", async () => {
    await node.end("SIGTERM");
    node.launch();
    await using diary = await startDiary(node);
    diary.name("block", (await node.mine(1))[0]);
    await diary.tells(["Initial to Synced", "+block"]);
  });

  it("is what every question is answered from, as the node itself answers", async () => {
    const address = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080";
    const { txid } = await node.spend();
    await using diary = await startDiary(node);
    const { queries } = diary.source;
    const hash = await node.ask<string>("getbestblockhash");
    const height = await node.ask<number>("getblockcount");
    const { tx } = await node.ask<{ tx: readonly string[] }>(
      "getblock",
      await node.ask("getblockhash", height - 3),
      1,
    );
    const [old = ""] = tx;
    const coin = await node.ask<Record<string, unknown>>("gettxout", old, 0);
    const mempool = await node.ask<Record<string, number>>("getmempoolinfo");
    const [network, totals] = [
      await node.ask<Record<string, number>>("getnetworkinfo"),
      await node.ask<Record<string, number>>("getnettotals"),
    ];
    const hexOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString("hex");
    expect(hexOf(await queries.block?.(hash))).toBe(await node.ask("getblock", hash, 0));
    expect(hexOf(await queries.blockHeader?.(hash))).toBe(await node.ask("getblockheader", hash, false));
    expect(await queries.blockHashAt?.(7)).toBe(await node.ask("getblockhash", 7));
    expect(hexOf(await queries.transaction?.(old))).toBe(await node.ask("getrawtransaction", old));
    expect([await queries.hasTransaction?.(old), await queries.hasTransaction?.(txid)]).toEqual([
      true,
      false,
    ]);
    const { hex: script } = coin.scriptPubKey as { hex: string };
    expect(await queries.utxo?.(old, 0)).toEqual({
      value: Math.round(Number(coin.value) * 100_000_000),
      script_pubkey: Buffer.from(script, "hex"),
      height: height - 3,
      is_coinbase: true,
    });
    expect(await queries.mempoolTransactions?.()).toEqual(await node.ask("getrawmempool"));
    expect(hexOf(await queries.mempoolTransaction?.(txid))).toBe(await node.ask("getrawtransaction", txid));
    expect([await queries.hasMempoolTransaction?.(txid), await queries.hasMempoolTransaction?.(old)]).toEqual(
      [true, false],
    );
    expect(await queries.mempoolSize?.()).toEqual({
      transaction_count: mempool.size,
      size_bytes: mempool.bytes,
      total_fee_sats: Math.round((mempool.total_fee ?? 0) * 100_000_000),
    });
    expect(await queries.feeEstimate?.(6)).toBe(
      (await node.ask<{ feerate?: number }>("estimatesmartfee", 6)).feerate,
    );
    expect(await queries.syncStatus?.()).toMatchObject({
      phase: expect.stringMatching(/^(Initial|Synced)$/),
    });
    expect(await queries.networkStats?.()).toEqual({
      peer_count: network.connections,
      hash_rate: await node.ask("getnetworkhashps"),
      bytes_sent: totals.totalbytessent,
      bytes_received: totals.totalbytesrecv,
    });
    expect(await queries.networkPeers?.()).toEqual([]);
    const { scriptPubKey } = await node.ask<{ scriptPubKey: string }>("validateaddress", address);
    expect(hexOf(await queries.scriptOfAddress?.(address))).toBe(scriptPubKey);
    expect(await queries.scriptOfAddress?.("nobody")).toBeUndefined();
    const askTemplate = () =>
      queries.blockTemplate?.({ rules: ["segwit"], coinbaseScript: Buffer.from("51", "hex") });
    // A node makes a new template at most each five seconds while the tip stays.
    await eventually("the template has the transaction", async () => {
      return (await askTemplate())?.transactions.length === 1;
    });
    const template = await askTemplate();
    const theirs = await node.ask<Record<string, unknown>>("getblocktemplate", { rules: ["segwit"] });
    expect([template?.height, template?.target, template?.transactions.length]).toEqual([
      theirs.height,
      theirs.target,
      1,
    ]);
    expect(hexOf(template?.header.subarray(4, 36))).toBe(Buffer.from(hash, "hex").reverse().toString("hex"));
    const known = Buffer.from(await node.ask<string>("getblock", hash, 0), "hex");
    expect(await queries.submitBlock?.(known)).toEqual({ outcome: "duplicate" });
    expect(await queries.submitBlock?.(known.subarray(0, 90))).toEqual({
      outcome: "rejected",
      reason: "Block decode failed",
    });
    expect(await queries.queueReceivedBlock?.(known)).toBe(true);
    const again = await node.coin();
    const sent = Buffer.from(spending(again.txid, 0, Math.floor(again.valueSat / 2) - 5000), "hex");
    expect(await queries.sendTransaction?.(sent)).toEqual({ outcome: "accepted" });
    const twice = Buffer.from(spending(again.txid, 0, again.valueSat), "hex");
    expect(await queries.sendTransaction?.(twice)).toMatchObject({
      outcome: "refused",
      reason: expect.stringMatching(/^bad-txns-in-belowout, value in /),
    });
    expect([
      await queries.banPeer?.("192.0.2.7:8333", 60),
      await queries.banPeer?.("192.0.2.7:8333", 60),
    ]).toEqual([true, false]);
    expect(await node.ask("listbanned")).toEqual([
      expect.objectContaining({ address: "192.0.2.7/32", ban_duration: 60 }),
    ]);
    await node.ask("clearbanned");
  });

  it("is not followed with a wrong password, nor on another network than the one that is wanted", async () => {
    const wrong = { cookie_file: undefined, user: "somebody", password: "else", timeout_ms: 1000 };
    await expect(startDiary(node, wrong)).rejects.toMatchObject({ code: "NODE_LOGIN_REFUSED" });
    await expect(startDiary(node, { network: "main" })).rejects.toMatchObject({
      code: "NODE_WRONG_NETWORK",
      details: { found: "regtest", expected: "main" },
    });
  });
});
