import { headerBytes } from "../../src/chain/block/parse-block.js";
import { decodeBlock, decodeTransaction } from "../../src/chain/index.js";
import { REGTEST_DIFFICULTY, type RecordedBlock } from "./recorded-chain.js";
import type { RecordedReply } from "./recorded-session.js";
import { blockShape, headerShape, NodeRefusal, notAvailable, transactionShape } from "./recorded-shapes.js";
import type { RecordedState } from "./recorded-state.js";

/** How the node differs from the recorded one. */
export interface NodeSettings {
  /** Blocks below this height are pruned. */
  readonly prunedBelowBlocks: number;
  readonly network: string;
  readonly hasTxindex: boolean;
  /** Methods that an old node lacks. */
  readonly missingMethods: readonly string[];
}

type Answer = (state: RecordedState, params: readonly unknown[], settings: NodeSettings) => unknown;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** Answers computed from the state of the moment. */
export const computedAnswers: Readonly<Record<string, Answer>> = {
  getbestblockhash: ({ chain }) => chain.tip.hash,
  getblockcount: ({ chain }) => chain.tip.heightBlocks,
  getblockchaininfo({ chain }, _, { network, prunedBelowBlocks }) {
    const { heightBlocks, hash, raw } = chain.tip;
    return {
      chain: network,
      blocks: heightBlocks,
      headers: heightBlocks,
      bestblockhash: hash,
      difficulty: REGTEST_DIFFICULTY,
      ...(raw === undefined ? {} : { time: raw.block.header.timestampS }),
      verificationprogress: 1,
      initialblockdownload: heightBlocks === 0,
      chainwork: chain.chainWork(heightBlocks),
      pruned: prunedBelowBlocks > 0,
      ...(prunedBelowBlocks > 0 ? { pruneheight: prunedBelowBlocks } : {}),
      warnings: [],
    };
  },
  getblockhash({ chain }, [height]) {
    if (typeof height !== "number") throw new NodeRefusal(-1, "JSON value is not an integer as expected");
    if (height < 0 || height > chain.tip.heightBlocks) throw new NodeRefusal(-8, "Block height out of range");
    const block = chain.at(height);
    if (block === undefined) throw notAvailable();
    return block.hash;
  },
  getblockheader(state, [hash, verbose = true]) {
    const block = knownBlock(state, hash);
    if (verbose !== false) return headerShape(state.chain, block);
    if (block.raw === undefined) throw notAvailable();
    return hex(block.raw.bytes.subarray(0, headerBytes));
  },
  getblock(state, [hash, verbosity = 1], { prunedBelowBlocks }) {
    const block = knownBlock(state, hash);
    if (block.raw === undefined || block.heightBlocks < prunedBelowBlocks) throw notAvailable();
    const level = Number(verbosity);
    return level === 0 ? hex(block.raw.bytes) : blockShape(state.chain, block, level);
  },
  getchaintips({ chain }) {
    const left = [...chain.left.values()].map(({ heightBlocks, hash }) => ({
      height: heightBlocks,
      hash,
      branchlen: 1,
      status: "invalid",
    }));
    const { heightBlocks: height, hash } = chain.tip;
    return [{ height, hash, branchlen: 0, status: "active" }, ...left];
  },
  getrawmempool: ({ mempool }, [verbose, withSequence]) => mempool.list(verbose, withSequence),
  getmempoolentry: ({ mempool }, [txid]) => mempool.entry(hash64(txid, "txid")),
  getmempoolinfo: ({ mempool }) => mempool.totals(),
  getrawtransaction(state, [id, verbosity = 0, blockHash], { hasTxindex }) {
    const txid = hash64(id, "parameter 1");
    const { chain, mempool } = state;
    const isVerbose = verbosity === true || (typeof verbosity === "number" && verbosity > 0);
    if (chain.mempool.has(txid) && blockHash === undefined) {
      const shape = transactionShape(mempool.transaction(txid));
      return isVerbose ? shape : shape.hex;
    }
    const within = blockHash === undefined ? undefined : knownBlock(state, blockHash);
    const inBlock = within?.raw?.block.transactions.find((one) => one.txid === txid);
    if (within !== undefined && inBlock === undefined)
      throw new NodeRefusal(
        -5,
        "No such transaction found in the provided block. Use gettransaction for wallet transactions.",
      );
    const found = inBlock ?? (hasTxindex ? chain.confirmed(txid)?.transaction : undefined);
    if (found === undefined) {
      const hint = hasTxindex
        ? "No such mempool or blockchain transaction."
        : "No such mempool transaction. Use -txindex or provide a block hash to enable blockchain transaction queries.";
      throw new NodeRefusal(-5, `${hint} Use gettransaction for wallet transactions.`);
    }
    const shape = transactionShape(found);
    const block = within ?? chain.confirmed(txid)?.block;
    if (!isVerbose) return shape.hex;
    return block === undefined ? shape : { ...shape, ...placeShape(state, block) };
  },
  gettxout(state, [id, n, includeMempool = true]) {
    const { chain, mempool } = state;
    const txid = hash64(id, "txid");
    const waiting = [...chain.mempool.keys()].map((one) => mempool.transaction(one));
    const confirmed = chain.blocks.flatMap(({ raw }) => raw?.block.transactions ?? []);
    const spenders = includeMempool === true ? [...confirmed, ...waiting] : confirmed;
    const isSpent = spenders.some(({ inputs }) =>
      inputs.some((input) => input.previousTxid === txid && input.previousIndex === n),
    );
    const isWaiting = includeMempool === true && chain.mempool.has(txid);
    const place = chain.confirmed(txid);
    const output = (isWaiting ? mempool.transaction(txid) : place?.transaction)?.outputs[Number(n)];
    if (output === undefined || isSpent) return null;
    return {
      bestblock: chain.tip.hash,
      confirmations: place === undefined ? 0 : chain.tip.heightBlocks - place.block.heightBlocks + 1,
      value: output.valueSat / 100_000_000,
      scriptPubKey: { hex: hex(output.scriptPubKey) },
      coinbase: place !== undefined && place.block.raw?.block.transactions[0].txid === txid,
    };
  },
  getblocktemplate({ chain, mempool, entries }) {
    const base = entries.find((one) => one.kind === "rpc" && one.request.method === "getblocktemplate");
    if (base?.kind !== "rpc") throw new NodeRefusal(-9, "the recording has no template");
    const transactions = mempool.chosen();
    const { default_witness_commitment: _, ...rest } = base.response.result as Record<string, unknown>;
    return {
      ...rest,
      previousblockhash: chain.tip.hash,
      transactions,
      coinbasevalue: 5_000_000_000 + transactions.reduce((sum, { fee }) => sum + fee, 0),
      longpollid: `${chain.tip.hash}${chain.mempoolSequence}`,
      height: chain.tip.heightBlocks + 1,
    };
  },
  estimatesmartfee(_, [target]) {
    if (typeof target !== "number" || target < 1 || target > 1008)
      throw new NodeRefusal(-8, "Invalid conf_target, must be between 1 and 1008");
    return { errors: ["Insufficient data or no feerate found"], blocks: 0 };
  },
  getdeploymentinfo({ chain }) {
    const buried = { type: "buried", active: true, height: 1 };
    const taproot = { type: "bip9", active: true, height: 0, bip9: { status: "active", since: 0 } };
    const deployments = {
      bip34: buried,
      bip66: buried,
      bip65: buried,
      csv: buried,
      segwit: { ...buried, height: 0 },
    };
    return { hash: chain.tip.hash, height: chain.tip.heightBlocks, deployments: { ...deployments, taproot } };
  },
  getnetworkhashps: () => 0,
  listbanned: () => [],
  getpeerinfo: () => [],
  getconnectioncount: () => 0,
  submitblock(state, [data]) {
    const decoded = decodeBlock(Buffer.from(String(data), "hex"));
    if (!decoded.ok) throw new NodeRefusal(-22, "Block decode failed");
    const { hash, header } = decoded.value;
    if (state.chain.left.has(hash)) return "duplicate-invalid";
    if (state.chain.blocks.some((block) => block.hash === hash)) return "duplicate";
    return state.chain.tip.hash === header.previousHash ? "high-hash" : "prev-blk-not-found";
  },
  sendrawtransaction(state, [data]) {
    const decoded = decodeTransaction(Buffer.from(String(data), "hex"));
    if (!decoded.ok) throw new NodeRefusal(-22, "TX decode failed. Make sure the tx has at least one input.");
    const { txid } = decoded.value;
    if (state.chain.mempool.has(txid)) return txid;
    if (state.chain.confirmed(txid) !== undefined)
      throw new NodeRefusal(-27, "Transaction outputs already in utxo set");
    throw new NodeRefusal(-25, "bad-txns-inputs-missingorspent");
  },
};

/** What the node answers to a call at this moment: as recorded, else computed, else as it answered last. */
export function answerOf(
  state: RecordedState,
  method: string,
  params: readonly unknown[],
  settings: NodeSettings,
): unknown {
  if (settings.missingMethods.includes(method)) throw new NodeRefusal(-32601, "Method not found");
  const computed = computedAnswers[method];
  const isAsRecorded =
    settings.network === "regtest" && settings.prunedBelowBlocks === 0 && settings.hasTxindex;
  const recorded = isAsRecorded || computed === undefined ? state.recorded(method, params) : undefined;
  if (recorded !== undefined) return resultOf(recorded);
  if (computed === undefined || ofPeers.has(method)) {
    const latest = state.latest(method) ?? (steady.has(method) ? state.first(method) : undefined);
    if (latest !== undefined) return resultOf(latest);
  }
  if (computed === undefined) throw new NodeRefusal(-32601, "Method not found");
  return computed(state, params, settings);
}

// What no change of the chain tells about.
const ofPeers = new Set(["getpeerinfo", "listbanned", "getconnectioncount"]);
const steady = new Set(["getnetworkinfo", "getnettotals", "getmininginfo", "getzmqnotifications"]);

function resultOf({ result, error }: RecordedReply): unknown {
  if (error !== null) throw new NodeRefusal(error.code, error.message);
  return result;
}

function hash64(value: unknown, name: string): string {
  const text = String(value);
  if (text.length !== 64)
    throw new NodeRefusal(-8, `${name} must be of length 64 (not ${text.length}, for '${text}')`);
  return text;
}

function knownBlock({ chain }: RecordedState, hash: unknown): RecordedBlock {
  const wanted = hash64(hash, "blockhash");
  const block = chain.blocks.find((one) => one.hash === wanted) ?? chain.left.get(wanted);
  if (block === undefined) throw new NodeRefusal(-5, "Block not found");
  return block;
}

function placeShape({ chain }: RecordedState, { hash, heightBlocks, raw }: RecordedBlock) {
  const isBest = chain.at(heightBlocks)?.hash === hash;
  return {
    in_active_chain: isBest,
    blockhash: hash,
    confirmations: isBest ? chain.tip.heightBlocks - heightBlocks + 1 : 0,
    ...(raw === undefined
      ? {}
      : { time: raw.block.header.timestampS, blocktime: raw.block.header.timestampS }),
  };
}
