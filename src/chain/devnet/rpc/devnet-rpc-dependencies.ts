import type { Observable, SchedulerLike } from "rxjs";
import type { SubmitOutcome } from "../../chain-queries.js";
import type { ChainEvent } from "../../chain-source.js";
import type { DevnetActions } from "../devnet-actions.js";
import type { ChainKernel } from "../kernel/chain-kernel.js";
import type { Mempool, MempoolLimits } from "../mempool/mempool.js";
import type { Wallet } from "../wallet/wallet.js";

/** A ban as listbanned tells it. */
export interface Ban {
  /** An IP address, with or without a port. */
  readonly address: string;
  /** Unix time in seconds. */
  readonly sinceS: number;
  /** Unix time in seconds; undefined is for ever. */
  readonly untilS: number | undefined;
}

/** What the devnet lends to its JSON-RPC methods; nothing of it is looked at before a method is called, nothing closed. */
export interface DevnetRpcDependencies {
  readonly kernel: ChainKernel;
  readonly mempool: Mempool;
  readonly limits: MempoolLimits;
  readonly wallet: Pick<Wallet, "scriptOf" | "addressOf">;
  readonly actions: DevnetActions;
  /** Gives a block to the chain as a peer would, its events included. */
  submitBlock(block: Uint8Array): SubmitOutcome | Promise<SubmitOutcome>;
  /** Grows by one with each addition to the mempool and each removal that no block caused; begins with 1. */
  mempoolSequence(): number;
  /** The bans that hold now. */
  bans(): readonly Ban[];
  /** Bytes that the chain takes on disk. */
  sizeOnDiskBytes(): number;
  /** For whoever waits for a new template; completes when the devnet closes. */
  readonly events$: Observable<ChainEvent>;
  readonly scheduler: SchedulerLike;
}
