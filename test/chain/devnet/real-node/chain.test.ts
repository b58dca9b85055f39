import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { VirtualTimeScheduler } from "rxjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RealNode, realBitcoind, startRealNode } from "../../../kit/real-node.js";
import { startDevnet, type TestDevnet } from "../rpc/start-devnet.js";
import { solveTemplate, type Template } from "./solve-template.js";

const startS = 1_800_000_000;
const satPerBitcoin = 100_000_000;
const sat = (bitcoin: number) => Math.round(bitcoin * satPerBitcoin);

interface Output {
  readonly value: number;
  readonly n: number;
  readonly scriptPubKey: { readonly hex: string };
}
interface VerboseBlock {
  readonly tx: readonly {
    readonly txid: string;
    readonly vin: readonly { readonly txid?: string; readonly vout?: number }[];
    readonly vout: readonly Output[];
  }[];
}

/** A devnet that lived for itself, and then had what chance may have left out. */
async function livedDevnet(): Promise<TestDevnet> {
  const scheduler = new VirtualTimeScheduler();
  const wallClockS = () => startS + Math.floor(scheduler.frame / 1000);
  const beat = setInterval(() => scheduler.flush(), 1);
  scheduler.maxFrames = 10;
  const devnet = await startDevnet(
    {
      ...{ persist: true, activity: true, seed: "real node", initial_blocks: 120, block_interval_s: 1 },
      ...{ transactions_per_second: 4, replace_share: 0.1, child_share: 0.2 },
      ...{ reorg_probability: 0.15, reorg_max_depth: 4 },
    },
    { scheduler, wallClockS },
  ).finally(() => clearInterval(beat));
  scheduler.maxFrames = 45_000;
  scheduler.flush();
  const { actions } = devnet.source;
  const address = await devnet.ask<string>("getnewaddress");
  for (const depth of [3, 6]) {
    await devnet.ask("sendtoaddress", await devnet.ask("getnewaddress", "", "bech32m"), 130);
    await devnet.ask("generatetoaddress", depth, address);
    actions.reorganize(depth);
  }
  // One that came too late.
  const { hex } = await devnet.ask<{ hex: string }>("generateblock", address, [], false);
  await devnet.ask("generatetoaddress", 2, address);
  expect(await devnet.ask("submitblock", hex)).toBe("inconclusive");
  for (let payment = 0; payment < 12; payment += 1) {
    const parent = payment % 3 === 0 ? undefined : actions.waiting().at(-1)?.transaction.txid;
    actions.pay({ valueSat: 40_000, feeRateSatPerVb: 2 + payment, ...(parent !== undefined && { parent }) });
  }
  return devnet;
}

/** What differs where both have something to say, and what `ours` alone says. */
function differences(ours: unknown, theirs: unknown, path = ""): string[] {
  if (typeof ours !== "object" || ours === null || typeof theirs !== "object" || theirs === null)
    return Object.is(ours, theirs) ? [] : [`${path}: ${JSON.stringify(ours)}, ${JSON.stringify(theirs)}`];
  return Object.entries(ours).flatMap(([key, value]) =>
    key in theirs
      ? differences(value, (theirs as Record<string, unknown>)[key], `${path}.${key}`)
      : [`${path}.${key}: nothing of the kind`],
  );
}

async function blocksOf(one: Pick<RealNode, "ask">): Promise<readonly VerboseBlock[]> {
  const blocks: VerboseBlock[] = [];
  const tip = await one.ask<number>("getblockcount");
  for (let height = 0; height <= tip; height += 1)
    blocks.push(await one.ask("getblock", await one.ask("getblockhash", height), 2));
  return blocks;
}

describe.skipIf(realBitcoind() === undefined)("a devnet's chain in a real node", () => {
  let devnet: TestDevnet;
  let node: RealNode;
  let answers: unknown[];
  beforeAll(async () => {
    devnet = await livedDevnet();
    const file = join(devnet.dataDir, "chain.hex");
    const main = new URL("../../../../dist/cli/main.js", import.meta.url).pathname;
    const config = join(devnet.dataDir, "host.toml");
    await writeFile(config, `[modules]\ndata_dir = ${JSON.stringify(devnet.dataDir)}\n`);
    await promisify(execFile)(process.execPath, [
      main,
      ...["chain", "export", "--raw", "--config", config, "--out", file],
    ]);
    const time = `-mocktime=${devnet.source.actions.nowS()}`;
    node = await startRealNode({ args: [time, "-minrelaytxfee=0.00001", "-incrementalrelayfee=0.00001"] });
    answers = [];
    for (const hex of (await readFile(file, "utf8")).trim().split("\n"))
      answers.push(await node.ask("submitblock", hex));
  }, 60_000);
  afterAll(async () => {
    await node?.[Symbol.asyncDispose]();
    await devnet?.[Symbol.asyncDispose]();
  });

  it("is taken block after block, with reorganisations as deep, and ends in the same tip and branches", async () => {
    expect([...new Set(answers)].toSorted()).toEqual(["inconclusive", null]);
    expect(await node.ask("getbestblockhash")).toBe(await devnet.ask("getbestblockhash"));
    expect(await node.ask<number>("getblockcount")).toBeGreaterThan(150);
    const tips = async (one: Pick<RealNode, "ask">) =>
      (await one.ask<{ hash: string }[]>("getchaintips")).toSorted((a, b) => (a.hash < b.hash ? -1 : 1));
    expect(await tips(node)).toEqual(await tips(devnet));
    const depths = (await node.ask<{ branchlen: number }[]>("getchaintips")).map(
      ({ branchlen }) => branchlen,
    );
    expect(Math.max(...depths)).toBe(6);
  });

  it("reads the same there, block by block and transaction by transaction", async () => {
    const [ours, theirs] = [await blocksOf(devnet), await blocksOf(node)];
    expect(ours.flatMap((block, height) => differences(block, theirs[height], `${height}`))).toEqual([]);
    const sizes = ours.map(({ tx }) => tx.length);
    expect([sizes.slice(110).includes(1), Math.max(...sizes) > 5]).toEqual([true, true]);
    const inputs = ours.flatMap(({ tx }) => tx.map(({ vin }) => vin.length));
    expect(Math.max(...inputs)).toBeGreaterThan(2);
  });

  it("is told of in the same fields: chain, headers, spent outputs, transactions and coins", async () => {
    const hash = await node.ask<string>("getbestblockhash");
    const stale = (await node.ask<{ hash: string }[]>("getchaintips")).at(-1)?.hash;
    const { tx } = await node.ask<{ tx: readonly string[] }>("getblock", hash, 1);
    const questions: readonly (readonly [string, ...unknown[]])[] = [
      ["getblockchaininfo"],
      ["getblockhash", 100],
      ...[hash, stale].flatMap((one) => [
        ...([0, 1, 2, 3] as const).map((verbosity) => ["getblock", one, verbosity] as const),
        ...([false, true] as const).map((isVerbose) => ["getblockheader", one, isVerbose] as const),
      ]),
      ...([0, 1, 2] as const).map((verbosity) => ["getrawtransaction", tx[0], verbosity, hash] as const),
      ["gettxout", tx[0], 0],
      ["gettxout", tx[0], 7],
    ];
    const found = [];
    for (const [method, ...params] of questions) {
      const [ours, theirs] = [await devnet.ask(method, ...params), await node.ask(method, ...params)];
      found.push(...differences(ours, theirs, [method, ...params.slice(1)].join(" ")));
    }
    // Each writes its files in its own way.
    expect(found.filter((line) => !line.includes("size_on_disk"))).toEqual([]);
  });

  it("leaves the same unspent outputs, to the satoshi", async () => {
    const unspent = new Map<string, number>();
    for (const { tx } of (await blocksOf(devnet)).slice(1)) {
      for (const { txid, vin, vout } of tx) {
        for (const spent of vin) unspent.delete(`${spent.txid}:${spent.vout}`);
        for (const { n, value, scriptPubKey } of vout)
          if (!scriptPubKey.hex.startsWith("6a")) unspent.set(`${txid}:${n}`, sat(value));
      }
    }
    const { txouts } = await devnet.ask<{ txouts: number }>("gettxoutsetinfo");
    const theirs = await node.ask<{ txouts: number; total_amount: number }>("gettxoutsetinfo", "none");
    expect([txouts, theirs.txouts]).toEqual([unspent.size, unspent.size]);
    expect(sat(theirs.total_amount)).toBe([...unspent.values()].reduce((sum, value) => sum + value, 0));
  });

  it("has a mempool that the node takes too, for the same fees and sizes", async () => {
    const waiting = devnet.source.actions.waiting();
    expect(waiting.length).toBeGreaterThan(10);
    for (const { transaction, bytes } of waiting.toSorted((a, b) => a.ancestorCount - b.ancestorCount)) {
      const hex = Buffer.from(bytes).toString("hex");
      const [tested] = await node.ask<object[]>("testmempoolaccept", [hex]);
      expect(tested).toMatchObject({ txid: transaction.txid, allowed: true, vsize: transaction.sizeVb });
      expect(await node.ask("sendrawtransaction", hex)).toBe(transaction.txid);
    }
    for (const { transaction } of waiting) {
      const [ours, theirs] = [
        await devnet.ask<Record<string, unknown>>("getmempoolentry", transaction.txid),
        await node.ask<Record<string, unknown>>("getmempoolentry", transaction.txid),
      ];
      // Each has its own moment of entry.
      expect(differences({ ...ours, time: 0 }, { ...theirs, time: 0 })).toEqual([]);
    }
    const { total_fee, bytes, size } = await devnet.ask<Record<string, number>>("getmempoolinfo");
    expect(await node.ask("getmempoolinfo")).toMatchObject({ total_fee, bytes, size });
  });

  it("goes on with a block of the node's template, and then with one of the devnet's", async () => {
    const template = await node.ask<Template>("getblocktemplate", { rules: ["segwit"] });
    const ours = await devnet.ask<Template>("getblocktemplate", { rules: ["segwit"] });
    const txids = ({ transactions }: Template) => transactions.map(({ txid }) => txid).toSorted();
    expect(txids(ours)).toEqual(txids(template));
    const same = [
      "height",
      "previousblockhash",
      "bits",
      "target",
      "coinbasevalue",
      "mintime",
      "version",
    ] as const;
    const pick = (one: object) => Object.fromEntries(same.map((key) => [key, Reflect.get(one, key)]));
    expect(pick(ours)).toEqual(pick(template));
    const first = solveTemplate(template);
    expect([await devnet.ask("submitblock", first), await node.ask("submitblock", first)]).toEqual([
      null,
      null,
    ]);
    await devnet.ask("sendtoaddress", await devnet.ask("getnewaddress"), 1);
    const second = solveTemplate(await devnet.ask<Template>("getblocktemplate", { rules: ["segwit"] }));
    expect([await node.ask("submitblock", second), await devnet.ask("submitblock", second)]).toEqual([
      null,
      null,
    ]);
    expect(await node.ask("getbestblockhash")).toBe(await devnet.ask("getbestblockhash"));
    expect(await devnet.ask("getmempoolinfo")).toMatchObject({ size: 0 });
    expect(await node.ask("getmempoolinfo")).toMatchObject({ size: 0 });
  });
});
