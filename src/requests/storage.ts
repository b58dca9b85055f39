import { z } from "zod";
import { request } from "./define-request.js";
import { bool, bytes, list, optional, text, u32, unit } from "./fields.js";
import { storageQuota } from "./records/files.js";

/** What storage takes and gives at most. */
export const storageLimits = {
  /** Trees of one module. */
  trees: 64,
  /** Of a key. The schema lets longer ones pass: KEY_TOO_LARGE tells more than a schema. */
  keyBytes: 1024,
  /** Of a value; a longer one is VALUE_TOO_LARGE. */
  valueBytes: 4 * 1024 * 1024,
  /** Entries of one answer to StorageIterate. */
  pageEntries: 1000,
  /** Keys and values of one answer to StorageIterate, unless its first entry alone has more. */
  pageBytes: 1024 * 1024,
  /** Operations of one StorageBatch; more are LIMIT. */
  batchOperations: 1000,
  /** Keys and values of one StorageBatch; more are LIMIT. */
  batchBytes: 8 * 1024 * 1024,
} as const;

const tree = () => text("tree: 1 to 64 characters of a-z, 0-9, _ and -", 4096, { mayHoldNul: true });
const key = () => bytes(`key: at most ${storageLimits.keyBytes} bytes`);
const value = () => bytes(`value: at most ${storageLimits.valueBytes} bytes`);
const read = { permission: "read_storage" } as const;
const write = { permission: "write_storage" } as const;
const manage = { permission: "manage_storage" } as const;

const operation = () =>
  z.union([z.tuple([z.literal("put"), key(), value()]), z.tuple([z.literal("delete"), key()])]);
/** One operation of StorageBatch. */
export type StorageOperation = z.output<ReturnType<typeof operation>>;

/** Named trees of a module, bytes to bytes, durable. */
export const storageRequests = {
  StorageGet: request({
    isLarge: true,
    ...read,
    errors: ["BAD_NAME", "KEY_TOO_LARGE", "UNKNOWN_TREE", "STORAGE_FAILED"],
    about: "The value of a key; nothing when there is none.",
    input: () => z.object({ tree: tree(), key: key() }),
    answer: () => optional(bytes("value")),
    call: (tree: string, key: Uint8Array) => ({ tree, key }),
  }),
  StoragePut: request({
    ...write,
    errors: [
      "BAD_NAME",
      "KEY_TOO_LARGE",
      "VALUE_TOO_LARGE",
      "UNKNOWN_TREE",
      "QUOTA_EXCEEDED",
      "STORAGE_FAILED",
    ],
    about: "Sets the value of a key. It is on disk when the answer comes.",
    input: () => z.object({ tree: tree(), key: key(), value: value() }),
    answer: unit,
    call: (tree: string, key: Uint8Array, value: Uint8Array) => ({ tree, key, value }),
  }),
  StorageDelete: request({
    ...write,
    errors: ["BAD_NAME", "KEY_TOO_LARGE", "UNKNOWN_TREE", "STORAGE_FAILED"],
    about: "Removes a key. False when it wasn't there.",
    input: () => z.object({ tree: tree(), key: key() }),
    answer: () => bool("whether it was there"),
    call: (tree: string, key: Uint8Array) => ({ tree, key }),
  }),
  StorageIterate: request({
    isLarge: true,
    ...read,
    errors: ["BAD_NAME", "KEY_TOO_LARGE", "UNKNOWN_TREE", "STORAGE_FAILED"],
    about:
      "Entries in key order, from behind `after` on, whose keys begin with `prefix`. Fewer than `limit` when the tree ends, or when the answer would grow too large: ask again from behind the last key until an answer is empty.",
    input: () =>
      z.object({
        tree: tree(),
        after: optional(bytes("key behind which it begins")),
        prefix: optional(bytes("beginning of the keys")),
        limit: u32("most entries", { min: 1, max: storageLimits.pageEntries }),
      }),
    answer: () => list(z.tuple([bytes("key"), bytes("value")]), storageLimits.pageEntries),
    call: (
      tree: string,
      range: { readonly limit: number; readonly after?: Uint8Array; readonly prefix?: Uint8Array },
    ) => ({ tree, ...range }),
  }),
  StorageBatch: request({
    ...write,
    errors: [
      "BAD_NAME",
      "KEY_TOO_LARGE",
      "VALUE_TOO_LARGE",
      "UNKNOWN_TREE",
      "QUOTA_EXCEEDED",
      "LIMIT",
      "STORAGE_FAILED",
    ],
    about: `Does all of the operations or none, in their order; on disk when the answer comes. At most ${storageLimits.batchOperations} of them, with ${storageLimits.batchBytes} bytes of keys and values.`,
    input: () => z.object({ tree: tree(), ops: list(operation()) }),
    answer: unit,
    call: (tree: string, ops: readonly StorageOperation[]) => ({ tree, ops: [...ops] }),
  }),
  StorageCreateTree: request({
    ...manage,
    errors: ["BAD_NAME", "LIMIT", "STORAGE_FAILED"],
    about: `Makes a tree, one of at most ${storageLimits.trees}. False when it was there.`,
    input: () => z.object({ tree: tree() }),
    answer: () => bool("whether it is new"),
    call: (tree: string) => ({ tree }),
  }),
  StorageDeleteTree: request({
    ...manage,
    errors: ["BAD_NAME", "STORAGE_FAILED"],
    about: "Removes a tree with all its entries. False when it wasn't there.",
    input: () => z.object({ tree: tree() }),
    answer: () => bool("whether it was there"),
    call: (tree: string) => ({ tree }),
  }),
  StorageListTrees: request({
    ...read,
    errors: ["STORAGE_FAILED"],
    about: "The names of the module's trees, sorted.",
    input: () => z.object({}),
    answer: () => list(text("tree", 64), storageLimits.trees),
    call: () => ({}),
  }),
  StorageQuota: request({
    ...manage,
    errors: ["STORAGE_FAILED"],
    about: "How much is stored, and how much may be.",
    input: () => z.object({}),
    answer: storageQuota,
    call: () => ({}),
  }),
};
