import type { SyncStatusRecord } from "../chain-queries.js";
import type { ChainTip } from "../chain-source.js";
import type { RpcCaller } from "./rpc-caller.js";

/** What the events so far have told of the node: that is what a query is about. */
export interface FollowedNode {
  tip(): ChainTip | undefined;
  /** Of the best chain; undefined also for a block so far down that it isn't remembered. */
  hashAt(heightBlocks: number): string | undefined;
  mempoolTxids(): readonly string[];
  hasMempoolTransaction(txid: string): boolean;
  syncStatus(): SyncStatusRecord;
}

export interface CoreQueryDependencies {
  readonly rpc: RpcCaller;
  readonly followed: FollowedNode;
  /** Once it is aborted, every query rejects with its reason. */
  readonly signal: AbortSignal;
}
