import { z } from "zod";
import { request } from "./define-request.js";
import { bool, bytes, list, optional, text, u32, unit } from "./fields.js";
import { storageQuota } from "./records/files.js";

/** Longest key; a longer one is refused with KEY_TOO_LARGE, which tells more than a schema. */
const tree = () => text("tree: 1 to 64 characters of a-z, 0-9, _ and -", 4096, { mayHoldNul: true });
const key = () => bytes("key");
const read = { permission: "read_storage" } as const;
const write = { permission: "write_storage" } as const;
const manage = { permission: "manage_storage" } as const;

/** Most entries of one answer to StorageIterate, and most operations of one StorageBatch. */
export const MAX_STORAGE_ITEMS = 1000;

const operation = () =>
  z.union([
    z.tuple([z.literal("put"), bytes("key"), bytes("value")]),
    z.tuple([z.literal("delete"), bytes("key")]),
  ]);
/** One operation of StorageBatch. */
export type StorageOperation = z.output<ReturnType<typeof operation>>;

/** Named trees of a module, bytes to bytes, durable. */
export const storageRequests = {
  StorageGet: request({
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
    input: () => z.object({ tree: tree(), key: key(), value: bytes("value") }),
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
    ...read,
    errors: ["BAD_NAME", "KEY_TOO_LARGE", "UNKNOWN_TREE", "STORAGE_FAILED"],
    about:
      "Entries in key order, from behind `after` on, whose keys begin with `prefix`. Fewer than `limit` when the tree ends, or when the answer would grow too large: ask again from behind the last key until an answer is empty.",
    input: () =>
      z.object({
        tree: tree(),
        after: optional(bytes("key behind which it begins")),
        prefix: optional(bytes("beginning of the keys")),
        limit: u32("most entries", { min: 1, max: MAX_STORAGE_ITEMS }),
      }),
    answer: () => list(z.tuple([bytes("key"), bytes("value")]), MAX_STORAGE_ITEMS),
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
    about: "Does all of the operations or none, in their order; on disk when the answer comes.",
    input: () => z.object({ tree: tree(), ops: list(operation(), MAX_STORAGE_ITEMS) }),
    answer: unit,
    call: (tree: string, ops: readonly StorageOperation[]) => ({ tree, ops: [...ops] }),
  }),
  StorageCreateTree: request({
    ...manage,
    errors: ["BAD_NAME", "LIMIT", "STORAGE_FAILED"],
    about: "Makes a tree. False when it was there.",
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
    answer: () => list(text("tree", 64)),
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
