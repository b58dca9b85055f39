import type { DevnetActions } from "../devnet-actions.js";
import type { BlockEntry } from "../kernel/chain-kernel.js";
import type { PeerBook } from "./peer-book.js";
import type { Random } from "./random.js";

/** What a scenario is played on, and what its steps have named so far. */
export interface Stage {
  readonly actions: DevnetActions;
  readonly peers: PeerBook;
  readonly random: Random;
  /** The tip before the first step. */
  readonly startTip: BlockEntry;
  /** By label: a block's hash, a transaction's id, a peer's address, a partition's id. */
  readonly names: Map<string, string>;
}
