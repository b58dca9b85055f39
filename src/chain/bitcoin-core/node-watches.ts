import type { SchedulerLike } from "rxjs";
import type { Logger } from "../../log.js";
import type { ChainEvent } from "../chain-source.js";
import { DeploymentWatch } from "./deployments.js";
import { difficultyEvents } from "./difficulty.js";
import { FeeWatch } from "./fees.js";
import { MempoolThreshold } from "./mempool-threshold.js";
import type { BitcoinCoreOptions } from "./options.js";
import { PeerWatch } from "./peers.js";
import type { RpcCaller } from "./rpc-caller.js";
import type { SyncProgress } from "./sync-progress.js";
import { followTemplates } from "./templates.js";
import { startWatch } from "./watch.js";

/** Deployments change with blocks; this is for a node whose blocks come without being told. */
const deploymentIntervalMs = 600_000;

export interface NodeWatchDependencies {
  readonly rpc: RpcCaller;
  readonly scheduler: SchedulerLike;
  readonly log: Pick<Logger, "info" | "warn">;
  /** Called for each event until `close`, never after it was called. */
  readonly emit: (event: ChainEvent) => void;
  /** Looked at regularly from here on; whoever made it may have looked before. */
  readonly sync: SyncProgress;
  /** Transactions in the mempool as the events so far have it. */
  readonly mempoolSize: () => number;
}

export type NodeWatchOptions = Pick<
  BitcoinCoreOptions,
  "peer_interval_ms" | "fee_interval_ms" | "poll_interval_ms" | "retry_max_ms"
>;

export interface NodeWatches {
  /** To be called right after the NewBlock of each block. `parentBits` is undefined for the first of all. */
  onBlock(
    block: { readonly heightBlocks: number; readonly bits: number },
    parentBits: number | undefined,
  ): void;
  /** Ends every look and resolves when all have ended; nothing is emitted from the call on. Idempotent. */
  close(): Promise<void>;
}

/**
 * Watches what a node tells when it is asked and never publishes: peers and bans, fees, how full the mempool is, sync,
 * deployments, templates. One call of each kind is under way at most. A look that fails is logged once, however often
 * it fails in a row, and comes again at its interval.
 */
export function startNodeWatches(
  dependencies: NodeWatchDependencies,
  options: NodeWatchOptions,
): NodeWatches {
  const { rpc, scheduler, log, sync, mempoolSize } = dependencies;
  const closing = new AbortController();
  const emit = (event: ChainEvent) => {
    if (!closing.signal.aborted) dependencies.emit(event);
  };
  const intervalMs = options.peer_interval_ms;
  const peers = new PeerWatch({ rpc, emit, intervalMs });
  const fees = new FeeWatch({ rpc, emit, mempoolSize });
  const threshold = new MempoolThreshold({ rpc, emit });
  const deployments = new DeploymentWatch({ rpc, emit });

  const every = (name: string, delayMs: () => number, look: (signal: AbortSignal) => Promise<void>) =>
    startWatch({ scheduler, log }, { name, intervalMs: delayMs, look });
  const deploymentWatch = every(
    "deployments",
    () => deploymentIntervalMs,
    (signal) => deployments.look(signal),
  );
  const watches = [
    deploymentWatch,
    every(
      "peers",
      () => intervalMs,
      (signal) => peers.look(signal),
    ),
    every(
      "fees",
      () => options.fee_interval_ms,
      (signal) => fees.look(signal),
    ),
    every(
      "its mempool's size",
      () => options.fee_interval_ms,
      (signal) => threshold.look(signal),
    ),
    every(
      "sync",
      () => (sync.isSynced ? 5 : 1) * options.poll_interval_ms,
      (signal) => sync.look(signal),
    ),
  ];
  const templates = followTemplates(
    { rpc, scheduler, log, emit, isSynced: () => sync.isSynced },
    { retryMaxMs: options.retry_max_ms },
    closing.signal,
  );

  return {
    onBlock(block, parentBits) {
      for (const event of difficultyEvents(block, parentBits)) emit(event);
      deploymentWatch.poke();
    },
    async close() {
      closing.abort();
      await Promise.all([...watches.map((watch) => watch.close()), templates]);
    },
  };
}
