import { setImmediate as nextTurn } from "node:timers/promises";
import type { Logger } from "../../../log.js";
import { decodeHeader, decodeTransaction } from "../../block/decode.js";
import type { ChainKernel } from "../kernel/chain-kernel.js";
import type { Mempool } from "../mempool/mempool.js";
import type { DevnetStore, StoredRecord } from "../store/devnet-store.js";
import { SyncMarks, type SyncPhase } from "./sync-story.js";

/** A record without the bytes of its block, which the store gives again. */
type Step = Extract<StoredRecord, { kind: "invalidated" | "reconsidered" }> | KeptBlock;
interface KeptBlock {
  readonly kind: "block";
  readonly hash: string;
  readonly timeS: number;
}

interface WaitingTransaction {
  readonly bytes: Uint8Array;
  readonly timeS: number;
}

/** What the store's records say, in order. */
export interface KeptRecords {
  readonly steps: readonly Step[];
  /** By txid, in the order of their arrival: what entered the mempool and wasn't taken out other than by a block. */
  readonly waiting: ReadonlyMap<string, WaitingTransaction>;
  readonly blockCount: number;
  /** Blocks that broke a rule when they came. */
  readonly refused: ReadonlySet<string>;
  /** 0 where the real clock counts. */
  readonly mockTimeS: number;
  readonly headers: SyncPhase;
}

export interface ReadingOptions {
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
}

const YIELD_AFTER_MS = 50;

/** Lets the event loop have its turn when so much time has passed. @throws the signal's reason once aborted */
function breather({ signal, nowMs }: ReadingOptions): () => Promise<void> {
  let lastMs = nowMs();
  return async () => {
    if (nowMs() - lastMs < YIELD_AFTER_MS) return;
    await nextTurn();
    signal.throwIfAborted();
    lastMs = nowMs();
  };
}

/** Reads every record once and the header of each block. Rejects with the store's errors. */
export async function readRecords(
  store: Pick<DevnetStore, "records">,
  options: ReadingOptions,
): Promise<KeptRecords> {
  const breathe = breather(options);
  const marks = new SyncMarks(options.nowMs);
  const heights = new Map<string, number>();
  const steps: Step[] = [];
  const refused = new Set<string>();
  const waiting = new Map<string, WaitingTransaction>();
  let highest = 0;
  let mockTimeS = 0;
  for (const record of store.records()) {
    switch (record.kind) {
      case "block": {
        const { hash, timeS } = record;
        steps.push({ kind: "block", hash, timeS });
        const header = decodeHeader(record.bytes.subarray(0, 80));
        const height = (header.ok ? (heights.get(header.value.previousHash) ?? 0) : 0) + 1;
        heights.set(hash, height);
        if (height > highest) {
          highest = height;
          marks.note(height);
        }
        break;
      }
      case "transaction": {
        const decoded = decodeTransaction(record.bytes);
        if (!decoded.ok) break;
        const { txid } = decoded.value;
        waiting.delete(txid);
        waiting.set(txid, { bytes: record.bytes, timeS: record.timeS });
        break;
      }
      case "transaction_left":
        waiting.delete(record.txid);
        break;
      case "mock_time":
        mockTimeS = record.timeS;
        break;
      case "refused":
        refused.add(record.hash);
        // Its scripts may have been why, and they are not run again.
        steps.push({ kind: "invalidated", hash: record.hash });
        break;
      case "invalidated":
      case "reconsidered":
        steps.push(record);
        break;
    }
    await breathe();
  }
  return { steps, waiting, refused, blockCount: heights.size, mockTimeS, headers: marks.end(highest) };
}

export interface ConnectingDependencies {
  readonly kernel: ChainKernel;
  readonly store: Pick<DevnetStore, "blockBytes">;
  readonly log: Logger;
  /** Says whether the kernel may take the scripts of blocks as checked from now on. */
  readonly trust: (areScriptsKnown: boolean) => void;
}

/**
 * Connects the kept blocks in the order in which they came. Scripts were checked when a block was kept; only those of
 * the last one may not have been, for a kill may have come between the block and its verdict.
 */
export async function connectKept(
  records: KeptRecords,
  { kernel, store, log, trust }: ConnectingDependencies,
  options: ReadingOptions,
): Promise<SyncPhase> {
  const breathe = breather(options);
  const marks = new SyncMarks(options.nowMs);
  const lastBlock = records.steps.findLastIndex(({ kind }) => kind === "block");
  for (const [index, step] of records.steps.entries()) {
    const { heightBlocks } = kernel.tip;
    if (step.kind === "block") {
      trust(index < lastBlock);
      const outcome = kernel.submit(store.blockBytes(step.hash), step.timeS);
      // What broke a rule when it came breaks it again.
      if (outcome.outcome === "rejected" && !records.refused.has(step.hash))
        log.warn({ hash: step.hash, reason: outcome.reason }, "a kept block is refused now and left out");
    } else if (kernel.entry(step.hash) !== undefined) {
      if (step.kind === "invalidated") kernel.invalidate(step.hash);
      else kernel.reconsider(step.hash);
    }
    if (kernel.tip.heightBlocks > heightBlocks) marks.note(kernel.tip.heightBlocks);
    await breathe();
  }
  trust(false);
  return marks.end(kernel.tip.heightBlocks);
}

/**
 * Puts back what waited; what a block has confirmed or contradicted meanwhile stays out. Parents that came back from a
 * disconnected block stand behind their children: what is refused is tried again as long as anything else is taken.
 */
export async function refillMempool(
  { waiting }: KeptRecords,
  { kernel, mempool }: { kernel: ChainKernel; mempool: Mempool },
  options: ReadingOptions,
): Promise<void> {
  const breathe = breather(options);
  let left = [...waiting].filter(([txid]) => kernel.transactionPlace(txid) === undefined);
  for (let hasProgress = true; hasProgress; ) {
    const refused: typeof left = [];
    for (const kept of left) {
      const [, { bytes, timeS }] = kept;
      const decoded = decodeTransaction(bytes);
      if (decoded.ok && mempool.accept(decoded.value, bytes, timeS).outcome === "refused") refused.push(kept);
      await breathe();
    }
    hasProgress = refused.length < left.length;
    left = refused;
  }
}
