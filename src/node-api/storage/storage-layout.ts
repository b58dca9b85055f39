/**
 * How a module's trees lie in one ordered map of bytes:
 *
 *     00                 → version of this layout, 1 byte
 *     01 name            → a tree: its number (u32), the bytes of its keys and values (u64), both big-endian
 *     02 number          → nothing: the entries of this number belong to a tree that was deleted
 *     03 number key      → an entry's value
 *
 * A tree's bytes change in the same atomic write as its entries, so that no crash can part them.
 */
export const LAYOUT_VERSION = 1;
export const VERSION_KEY: Uint8Array = Uint8Array.of(0);

const TREE = 1;
const DELETED = 2;
const ENTRY = 3;
const NUMBER_BYTES = 4;
const RECORD_BYTES = 12;
/** What stands before a key in the map. */
export const ENTRY_HEAD_BYTES: number = 1 + NUMBER_BYTES;

/** A tree's line in the register. */
export interface TreeRecord {
  readonly number: number;
  readonly bytes: number;
}

/** A part of the map: from `from` on (with it unless `isAfter`), up to `before` and without it. */
export interface KeyRange {
  readonly from: Uint8Array;
  readonly isAfter: boolean;
  readonly before: Uint8Array;
}

export function treeKey(name: string): Uint8Array {
  return Buffer.concat([Uint8Array.of(TREE), Buffer.from(name, "latin1")]);
}

export function treeNameOf(key: Uint8Array): string {
  return Buffer.from(key.subarray(1)).toString("latin1");
}

export function treeRecord({ number, bytes }: TreeRecord): Uint8Array {
  const record = Buffer.alloc(RECORD_BYTES);
  record.writeUInt32BE(number);
  record.writeBigUInt64BE(BigInt(bytes), NUMBER_BYTES);
  return record;
}

/** Undefined for what is no tree's record. */
export function readTreeRecord(value: Uint8Array): TreeRecord | undefined {
  if (value.length !== RECORD_BYTES) return undefined;
  const record = Buffer.from(value);
  const bytes = Number(record.readBigUInt64BE(NUMBER_BYTES));
  return Number.isSafeInteger(bytes) ? { number: record.readUInt32BE(), bytes } : undefined;
}

export function deletedKey(number: number): Uint8Array {
  return headed(DELETED, number);
}

/** Undefined for what marks no deleted tree. */
export function readDeletedKey(key: Uint8Array): number | undefined {
  return key.length === ENTRY_HEAD_BYTES ? Buffer.from(key).readUInt32BE(1) : undefined;
}

export function entryKey(number: number, key: Uint8Array): Uint8Array {
  return Buffer.concat([headed(ENTRY, number), key]);
}

export const allTrees: KeyRange = rangeOf(Uint8Array.of(TREE));
export const allDeleted: KeyRange = rangeOf(Uint8Array.of(DELETED));

/** A tree's entries behind `after` whose keys begin with `prefix`; all of them by default. */
export function entryRange(
  number: number,
  after?: Uint8Array,
  prefix: Uint8Array = new Uint8Array(0),
): KeyRange {
  const range = rangeOf(entryKey(number, prefix));
  if (after === undefined) return range;
  const behind = entryKey(number, after);
  return Buffer.compare(behind, range.from) < 0 ? range : { ...range, from: behind, isAfter: true };
}

/** Everything that begins with `head`, whose first byte is below 255. */
function rangeOf(head: Uint8Array): KeyRange {
  const end = head.findLastIndex((byte) => byte < 0xff);
  const before = Uint8Array.from(head.subarray(0, end + 1));
  before[end] = (before[end] as number) + 1;
  return { from: head, isAfter: false, before };
}

function headed(kind: number, number: number): Buffer {
  const head = Buffer.alloc(ENTRY_HEAD_BYTES);
  head.writeUInt8(kind);
  head.writeUInt32BE(number, 1);
  return head;
}
