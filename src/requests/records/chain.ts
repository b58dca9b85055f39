import { z } from "zod";
import { bool, bytes, f64, hash32, i64, list, optional, text, u32, u64 } from "../fields.js";

/** An output of a transaction by its place. */
export const outPoint = () =>
  z.object({ hash: hash32("txid; all zero in a coinbase input"), index: u32("place among the outputs") });

export const transaction = () =>
  z.object({
    version: u64("as written"),
    inputs: list(
      z.object({
        prevout: outPoint(),
        sequence: u64("as written"),
        script_sig: bytes("unlocking script"),
      }),
    ),
    outputs: list(z.object({ value: i64("amount", "satoshi"), script_pubkey: bytes("locking script") })),
    lock_time: u64("as written"),
  });
/** A transaction without its witness; ask for the raw form to have it whole. */
export type Transaction = z.output<ReturnType<typeof transaction>>;

export const blockHeader = () =>
  z.object({
    version: i64("as written"),
    prev_block_hash: hash32("parent"),
    merkle_root: hash32("root over the transactions"),
    timestamp: u64("as the miner claims it", { unit: "unix seconds" }),
    bits: u64("target in compact form"),
    nonce: u64("as written"),
  });
export type BlockHeader = z.output<ReturnType<typeof blockHeader>>;

export const block = () => z.object({ header: blockHeader(), transactions: list(transaction()) });
export type Block = z.output<ReturnType<typeof block>>;

export const utxo = () =>
  z.object({
    value: i64("amount", "satoshi"),
    script_pubkey: bytes("locking script"),
    height: u64("of the block that holds it", { unit: "blocks" }),
    is_coinbase: bool("whether it is an output of a coinbase"),
  });
export type Utxo = z.output<ReturnType<typeof utxo>>;

export const chainInfo = () =>
  z.object({
    tip_hash: hash32("best block"),
    height: u64("of the best block", { unit: "blocks" }),
    difficulty: f64("times as hard as the easiest target"),
    chain_work: hash32("expected hashes behind the chain, big-endian"),
    is_synced: bool("whether the source has caught up"),
  });
/** The best chain as the host's chain source sees it. */
export type ChainInfo = z.output<ReturnType<typeof chainInfo>>;

export const syncStatus = () =>
  z.object({
    phase: z.enum(["Initial", "Headers", "Blocks", "Synced", "Error"]),
    progress: f64("0 to 1"),
    is_synced: bool("whether the source has caught up"),
    error_message: optional(text("what went wrong in phase Error", 4096)),
  });
export type SyncStatus = z.output<ReturnType<typeof syncStatus>>;

export const blockTemplate = () =>
  z.object({
    header: blockHeader(),
    coinbase_tx: transaction(),
    transactions: list(transaction(), undefined, "without the coinbase"),
    target: hash32("what the block's hash may at most be, big-endian"),
    height: u64("of the block to be", { unit: "blocks" }),
    timestamp: u64("when it was made", { unit: "unix seconds" }),
  });
export type BlockTemplate = z.output<ReturnType<typeof blockTemplate>>;

export const submitBlockResult = () =>
  z.union([z.literal("Accepted"), z.literal("Duplicate"), z.object({ Rejected: text("why", 4096) })]);
/** `{ Rejected: reason }` is an answer, not an error. */
export type SubmitBlockResult = z.output<ReturnType<typeof submitBlockResult>>;

export const mempoolSize = () =>
  z.object({
    transaction_count: u64("transactions that wait"),
    size_bytes: u64("their serialized size", { unit: "bytes" }),
    total_fee_sats: u64("what they pay together", { unit: "satoshi" }),
  });
export type MempoolSize = z.output<ReturnType<typeof mempoolSize>>;
