import type { Observable } from "rxjs";
import type { EventPayload, EventType } from "../events/index.js";
import type { ChainQueries } from "./chain-queries.js";
import type { ChainRpcMethods } from "./chain-rpc.js";
import type { ScenarioStage } from "./chain-scenarios.js";

/** What a chain source says: a type of the catalogue and its payload, without sequence number or time. */
export type ChainEvent = {
  [Type in EventType]: { readonly type: Type; readonly payload: EventPayload<Type> };
}[EventType];

/** The last block of the best chain; `hash` is in display order. */
export interface ChainTip {
  readonly hash: string;
  readonly heightBlocks: number;
}

/** The record that GetChainInfo answers, in the names of the wire. */
export interface ChainInfo {
  readonly tip_hash: string;
  readonly height: number;
  /** How many times harder than the easiest target the tip's target is. */
  readonly difficulty: number;
  /** Expected number of hashes behind the chain, as 64 hex characters, big-endian. */
  readonly chain_work: string;
  readonly is_synced: boolean;
}

/**
 * Where the host's chain comes from.
 * A source owns its files, sockets and timers from `start` to `close`.
 */
export interface ChainSource {
  /** The value of `chain.source` that chooses this source. */
  readonly name: string;

  /**
   * The events in the order in which a node would publish them; the same objects for every subscriber.
   * Hot: who subscribes late missed what came before. Nothing comes before `start` resolved.
   * A source that begins with a chain and a mempool tells them by `tip()` and `queries` once `start` resolved;
   * the events go on from there.
   * `tip()` already tells the block when its NewBlock arrives. Completes at `close`, never errors.
   */
  readonly events$: Observable<ChainEvent>;

  /**
   * Resolves when the source can play and its first event is on its way. A second call answers the same promise.
   * Rejects with CHAIN_SOURCE_CLOSED after `close`, and with the errors of the source itself.
   */
  start(): Promise<void>;

  /** The best block, or undefined while no block is connected. */
  tip(): ChainTip | undefined;

  /** What is known about the best chain, or undefined while no block is connected. */
  chainInfo(): ChainInfo | undefined;

  /** What can be asked of it beside that; a member that it lacks is not available from this source. */
  readonly queries: Partial<ChainQueries>;

  /** Methods of JSON-RPC that it answers itself; they come before those that are made of `queries`. */
  readonly rpc?: ChainRpcMethods;

  /** Where scenarios are played; a source that can't be scripted has none. */
  readonly scenarios?: ScenarioStage;

  /** Stops between two events, completes `events$` and frees everything. Idempotent; allowed at any time. */
  close(): Promise<void>;

  [Symbol.asyncDispose](): Promise<void>;
}
