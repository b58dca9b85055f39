import { z } from "zod";
import { request } from "./define-request.js";
import { bool, bytes, hash32, optional, u64 } from "./fields.js";
import { block, blockHeader, chainInfo, outPoint, syncStatus, transaction, utxo } from "./records/chain.js";
import { sourceErrors } from "./source-errors.js";

const nothing = () => z.object({});
const byHash = (about: string) => () => z.object({ hash: hash32(about) });
const read = { permission: "read_blockchain", errors: sourceErrors } as const;
const state = { permission: "read_chain_state", errors: ["NOT_AVAILABLE"] } as const;

/** Blocks, transactions, outputs, and the state of the best chain. */
export const blockchainRequests = {
  GetBlock: request({
    isLarge: true,
    ...read,
    about: "A block without witnesses; nothing when the source doesn't know it.",
    input: byHash("of the block"),
    answer: () => optional(block()),
    call: (hash: string) => ({ hash }),
  }),
  GetRawBlock: request({
    isLarge: true,
    ...read,
    about: "A block in consensus serialization with witnesses; nothing when the source doesn't know it.",
    input: byHash("of the block"),
    answer: () => optional(bytes("the block")),
    call: (hash: string) => ({ hash }),
  }),
  GetBlockByHeight: request({
    isLarge: true,
    ...read,
    about: "The block of the best chain at a height; nothing above the tip.",
    input: () => z.object({ height: u64("of the block", { unit: "blocks" }) }),
    answer: () => optional(block()),
    call: (height: number) => ({ height }),
  }),
  GetBlockHeader: request({
    ...read,
    about: "The header of a block; nothing when the source doesn't know it.",
    input: byHash("of the block"),
    answer: () => optional(blockHeader()),
    call: (hash: string) => ({ hash }),
  }),
  GetTransaction: request({
    isLarge: true,
    ...read,
    about: "A confirmed transaction without its witness; nothing when the source doesn't know it.",
    input: byHash("txid"),
    answer: () => optional(transaction()),
    call: (hash: string) => ({ hash }),
  }),
  GetRawTransaction: request({
    isLarge: true,
    ...read,
    about: "A confirmed transaction in consensus serialization with its witness; nothing when it is unknown.",
    input: byHash("txid"),
    answer: () => optional(bytes("the transaction")),
    call: (hash: string) => ({ hash }),
  }),
  HasTransaction: request({
    ...read,
    about: "Whether a transaction is confirmed.",
    input: byHash("txid"),
    answer: () => bool("whether it is in a block of the best chain"),
    call: (hash: string) => ({ hash }),
  }),
  GetChainTip: request({
    ...state,
    about: "Hash of the best block.",
    input: nothing,
    answer: () => hash32("best block"),
    call: () => ({}),
  }),
  GetBlockHeight: request({
    ...state,
    about: "Height of the best block.",
    input: nothing,
    answer: () => u64("best block", { unit: "blocks" }),
    call: () => ({}),
  }),
  GetChainInfo: request({
    ...state,
    about: "Tip, height, difficulty and work of the best chain.",
    input: nothing,
    answer: chainInfo,
    call: () => ({}),
  }),
  GetSyncStatus: request({
    ...state,
    errors: sourceErrors,
    about: "How far the source has caught up.",
    input: nothing,
    answer: syncStatus,
    call: () => ({}),
  }),
  GetUtxo: request({
    permission: "read_utxo",
    errors: sourceErrors,
    about: "An unspent output; nothing when it is spent or unknown.",
    input: () => z.object({ outpoint: outPoint() }),
    answer: () => optional(utxo()),
    call: (outpoint: { readonly hash: string; readonly index: number }) => ({ outpoint }),
  }),
};
