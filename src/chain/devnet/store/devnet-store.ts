/** What the store keeps, in the order in which it happened. Bytes are consensus serialization. */
export type StoredRecord =
  | { readonly kind: "block"; readonly hash: string; readonly bytes: Uint8Array; readonly timeS: number }
  | { readonly kind: "invalidated"; readonly hash: string }
  | { readonly kind: "reconsidered"; readonly hash: string }
  /** A kept block broke a rule when it was to be connected. */
  | { readonly kind: "refused"; readonly hash: string }
  /** Entered the mempool. */
  | { readonly kind: "transaction"; readonly bytes: Uint8Array; readonly timeS: number }
  /** Left the mempool other than by a block. */
  | { readonly kind: "transaction_left"; readonly txid: string }
  /** 0 is the real clock again. */
  | { readonly kind: "mock_time"; readonly timeS: number };

/**
 * An append-only file of records below the data directory: what a devnet is made from again after a restart or SIGKILL.
 * A record is whole or isn't there: each has a length and a CRC, and a torn end is cut off at open and told in the log.
 * One process at a time. Bounded by bytes: a full store refuses to grow.
 */
export interface DevnetStore {
  /** All records that were there at open, in order; read once, one at a time. */
  records(): Iterable<StoredRecord>;
  /** Returns when the kernel of the operating system has it: it survives SIGKILL. @throws DEVNET_STORE_FULL, DEVNET_STORE_FAILED */
  append(record: StoredRecord): void;
  /** The bytes of a block that was read or appended. @throws when the hash isn't known */
  blockBytes(hash: string): Uint8Array;
  /** Makes what was appended survive a power cut. */
  sync(): void;
  readonly sizeBytes: number;
  /** Idempotent; syncs first. */
  close(): void;
}
