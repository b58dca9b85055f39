import type { ChainTip } from "../chain/index.js";
import { checkedAnswer } from "./chain/checked-answer.js";
import { fromSource } from "./chain/from-source.js";
import { blockRecord, headerRecord, transactionRecord } from "./chain/records.js";
import { sourceBlock, sourceHeader, sourceParsedBlock, sourceTransaction } from "./chain/source-bytes.js";
import type { ChainView } from "./dependencies.js";
import { nodeApiErrors } from "./errors.js";
import type { MethodCall, Methods } from "./method.js";

function requireTip(chain: ChainView, what: string): ChainTip {
  const tip = chain.tip();
  if (tip === undefined) {
    throw nodeApiErrors.NOT_AVAILABLE(
      { what, source: chain.name, reason: "no block is connected yet" },
      { retryable: true },
    );
  }
  return tip;
}

async function confirmed(call: MethodCall<"GetTransaction" | "GetRawTransaction">) {
  const { hash } = call.input;
  const bytes = await fromSource(call, "a confirmed transaction", (queries) => queries.transaction?.(hash));
  return sourceTransaction(call, hash, bytes);
}

/**
 * Queries of blocks, confirmed transactions, outputs and the best chain. What is told of the best chain is
 * NOT_AVAILABLE while no block is connected, and may be asked again then.
 */
export const blockchainMethods: Methods<
  | "GetBlock"
  | "GetRawBlock"
  | "GetBlockByHeight"
  | "GetBlockHeader"
  | "GetTransaction"
  | "GetRawTransaction"
  | "HasTransaction"
  | "GetChainTip"
  | "GetBlockHeight"
  | "GetChainInfo"
  | "GetSyncStatus"
  | "GetUtxo"
> = {
  GetBlock: async (call) => {
    const block = await sourceParsedBlock(call, call.input.hash);
    return block && blockRecord(block);
  },
  GetRawBlock: (call) => sourceBlock(call, call.input.hash),
  GetBlockByHeight: async (call) => {
    const { height } = call.input;
    const hash = await fromSource(call, "a block by its height", (queries) => queries.blockHashAt?.(height));
    const block = hash === undefined ? undefined : await sourceParsedBlock(call, hash);
    return block && blockRecord(block);
  },
  GetBlockHeader: async (call) => {
    const header = await sourceHeader(call, call.input.hash);
    return header && headerRecord(header);
  },
  GetTransaction: async (call) => {
    const found = await confirmed(call);
    return found && transactionRecord(found.parsed);
  },
  GetRawTransaction: async (call) => (await confirmed(call))?.bytes,
  HasTransaction: (call) =>
    fromSource(call, "whether a transaction is confirmed", (queries) =>
      queries.hasTransaction?.(call.input.hash),
    ),
  GetChainTip: ({ deps }) => requireTip(deps.chain, "the tip").hash,
  GetBlockHeight: ({ deps }) => requireTip(deps.chain, "the height").heightBlocks,
  GetChainInfo: ({ deps }) => {
    const { hash, heightBlocks } = requireTip(deps.chain, "the chain's state");
    const info = deps.chain.chainInfo();
    if (info !== undefined) return info;
    throw nodeApiErrors.NOT_AVAILABLE({
      what: "the chain's state",
      source: deps.chain.name,
      reason: `it knows only the tip ${hash} at ${heightBlocks}`,
    });
  },
  GetSyncStatus: async (call) => {
    const what = "the sync status";
    return checkedAnswer(
      call,
      "GetSyncStatus",
      what,
      await fromSource(call, what, (queries) => queries.syncStatus?.()),
    );
  },
  GetUtxo: async (call) => {
    const { hash, index } = call.input.outpoint;
    const what = "an unspent output";
    return checkedAnswer(
      call,
      "GetUtxo",
      what,
      await fromSource(call, what, (queries) => queries.utxo?.(hash, index)),
    );
  },
};
