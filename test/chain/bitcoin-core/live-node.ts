import { createBitcoinCoreSource } from "../../../src/chain/bitcoin-core/bitcoin-core-source.js";
import { type BitcoinCoreOptionsInput, bitcoinCoreOptions } from "../../../src/chain/bitcoin-core/options.js";
import { serializeTransaction } from "../../../src/chain/block/serialize-block.js";
import type { ChainSource } from "../../../src/chain/index.js";
import { silentLogger } from "../../../src/log.js";
import { type RealNode, type RealNodeOptions, startRealNode } from "../../kit/real-node.js";
import { livedSource } from "./lived-source.js";

/** Two scripts that everybody may spend. A block after a reorganisation pays the other one, or it would be the same. */
const scripts = ["51", "52"] as const;
/** So many mature coinbases there are from the start: enough for each source that the suite makes, and more. */
const firstBlocks = 160;
const satPerBitcoin = 100_000_000;

/** A real node with a chain, and what makes it live. */
export interface LiveNode extends RealNode {
  /** @returns the hashes */
  mine(blocks: number, script?: (typeof scripts)[number]): Promise<readonly string[]>;
  /** A coinbase that none took before. */
  coin(): Promise<Coin>;
  /** Puts a transaction into the mempool that spends a coin; by default another one each time. */
  spend(options?: {
    readonly coin?: Coin;
    readonly feeSat?: number;
    readonly moreOutputs?: number;
  }): Promise<Coin>;
}

/** An output that everybody may spend. */
export interface Coin {
  readonly txid: string;
  readonly index: number;
  readonly valueSat: number;
}

/** Starts a node that publishes everything, indexes transactions and takes scripts that are not standard. */
export async function startLiveNode(options: RealNodeOptions = {}): Promise<LiveNode> {
  const args = ["-txindex=1", "-acceptnonstdtxn=1", ...(options.args ?? [])];
  const node = await startRealNode({ zmq: true, ...options, args });
  const mine: LiveNode["mine"] = async (blocks, script = "51") => {
    const { descriptor } = await node.ask<{ descriptor: string }>("getdescriptorinfo", `raw(${script})`);
    return node.ask("generatetodescriptor", blocks, descriptor);
  };
  let takenHeight = 0;
  async function coin(): Promise<Coin> {
    takenHeight += 1;
    const hash = await node.ask<string>("getblockhash", takenHeight);
    const { tx } = await node.ask<{ tx: readonly string[] }>("getblock", hash, 1);
    const txid = tx[0] ?? "";
    const { value } = await node.ask<{ value: number }>("gettxout", txid, 0, false);
    return { txid, index: 0, valueSat: Math.round(value * satPerBitcoin) };
  }
  const spend: LiveNode["spend"] = async (one = {}) => {
    const { txid, index, valueSat } = one.coin ?? (await coin());
    const left = Math.floor((valueSat - (one.feeSat ?? 10_000)) / 2);
    return {
      txid: await node.ask("sendrawtransaction", spending(txid, index, left, one.moreOutputs)),
      index: 0,
      valueSat: left,
    };
  };
  await mine(firstBlocks);
  return { ...node, mine, coin, spend, [Symbol.asyncDispose]: () => node[Symbol.asyncDispose]() };
}

/** Two outputs, for a transaction below 65 bytes isn't relayed; more of them bring nothing. */
export function spending(
  previousTxid: string,
  previousIndex: number,
  valueSat: number,
  moreOutputs = 0,
): string {
  const output = { valueSat, scriptPubKey: Buffer.from(scripts[0], "hex") };
  const input = {
    previousTxid,
    previousIndex,
    scriptSig: new Uint8Array(),
    sequence: 0xff_ff_ff_fd,
    witness: [],
  };
  const bytes = serializeTransaction({
    version: 2,
    inputs: [input],
    outputs: [output, output, ...new Array<typeof output>(moreOutputs).fill({ ...output, valueSat: 0 })],
    lockTime: 0,
    hasWitness: false,
  });
  return Buffer.from(bytes).toString("hex");
}

/** A source that follows the node, quickly. */
export function sourceOf(
  { url, cookieFile }: Pick<RealNode, "url" | "cookieFile">,
  options: BitcoinCoreOptionsInput = {},
): ChainSource {
  return createBitcoinCoreSource(
    { log: silentLogger },
    bitcoinCoreOptions.parse({ url, cookie_file: cookieFile, poll_interval_ms: 100, ...options }),
  );
}

/** A source that begins with the node as it is; then blocks come, one of them disconnected again. */
export function livingSource(node: LiveNode): ChainSource {
  const mine = (name: string, blocks: number, script?: (typeof scripts)[number]) => ({
    name,
    go: async () => void (await node.mine(blocks, script)),
  });
  return livedSource(sourceOf(node), {
    moments: [
      { name: "a payment", go: async () => void (await node.spend()) },
      { ...mine("its block", 1), after: { entries: 1 } },
      { name: "another payment", after: { blocks: 1 }, go: async () => void (await node.spend()) },
      { ...mine("its block", 1), after: { entries: 2 } },
      {
        name: "its block's end",
        after: { blocks: 2 },
        go: async () => void (await node.ask("invalidateblock", await node.ask("getbestblockhash"))),
      },
      { ...mine("other blocks", 3, "52"), after: { disconnected: 1, entries: 3 } },
    ],
    end: async () => {},
  });
}
