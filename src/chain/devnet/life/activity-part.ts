import type { SchedulerLike } from "rxjs";
import type { Logger } from "../../../log.js";
import type { DevnetActions } from "../devnet-actions.js";
import type { DevnetOptions } from "../options.js";
import type { PeerBook } from "./peer-book.js";
import type { Random } from "./random.js";
import type { Recurring } from "./recurring.js";

export interface ActivityDependencies {
  readonly actions: DevnetActions;
  /** The book that `actions` keeps its peers in; it isn't closed here. */
  readonly peers: PeerBook;
  readonly scheduler: SchedulerLike;
  readonly log: Logger;
}

export type ActivityOptions = Pick<
  DevnetOptions,
  | "seed"
  | "block_interval_s"
  | "transactions_per_second"
  | "median_fee_rate"
  | "replace_share"
  | "child_share"
  | "reorg_probability"
  | "reorg_max_depth"
  | "peers"
  | "misbehaviour_per_minute"
  | "min_relay_fee_rate"
>;

/** What one part of the activity needs. */
export interface LifeDependencies extends Pick<ActivityDependencies, "actions" | "peers"> {
  /** This part's own numbers: no other part draws from them. */
  readonly random: Random;
  /** Does something now and tells in the log if it failed. @returns whether it was done */
  attempt(what: string, act: () => void): boolean;
  /** Does something again and again until the activity ends; a mean of Infinity is never. */
  often(meanMs: () => number, act: () => void): Recurring;
  /** Does something once, unless the activity ends before. */
  later(delayMs: number, act: () => void): void;
}
