import type { KeyRange } from "./storage-layout.js";

export type Entry = readonly [key: Uint8Array, value: Uint8Array];

/** One change of a write: a key without a value is removed. */
export interface Change {
  readonly key: Uint8Array;
  readonly value?: Uint8Array | undefined;
}

export interface PageLimits {
  readonly entries: number;
  /** Of keys and values; one entry is given whatever it takes. */
  readonly bytes: number;
}

/** An ordered map of bytes on disk, by unsigned bytes. Every method rejects with STORAGE_FAILED when the disk does. */
export interface ByteMap {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  /** How long the values of some keys are, in their order; undefined for a key that isn't there. */
  sizesOf(keys: readonly Uint8Array[]): Promise<(number | undefined)[]>;
  /** Entries of a range in order, as they all were at one moment. */
  page(range: KeyRange, limits: PageLimits): Promise<Entry[]>;
  /** The keys of a range as they were at the call, some at a time. */
  keys(range: KeyRange): AsyncIterable<Uint8Array[]>;
  /** Does all of it or nothing, whenever the process ends; on disk when it resolves, unless `isSynced` is false. */
  write(changes: readonly Change[], options?: { readonly isSynced: boolean }): Promise<void>;
  /** After the calls that are under way. */
  close(): Promise<void>;
}
