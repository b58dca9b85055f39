import { z } from "zod";
import { request } from "./define-request.js";
import { bool, bytes, list, text } from "./fields.js";
import { fileMetadata, fileQuota } from "./records/files.js";

// What a path may be is for the files to say: BAD_PATH tells more than a schema.
const path = () =>
  text("relative to the module's data directory, parts divided by /", 8192, { mayHoldNul: true });
const byPath = () => z.object({ path: path() });
const refusals = ["BAD_PATH", "SYMLINK_REFUSED", "NOT_REGULAR", "FILE_NOT_FOUND", "FILE_FAILED"];

/** Files below the module's own data directory. */
export const fileRequests = {
  ReadFile: request({
    isLarge: true,
    permission: "read_filesystem",
    errors: [...refusals, "TOO_LARGE"],
    about:
      "All of a file, at most 32 MiB; as long as it was when it was opened. A file with several names (hard links) is NOT_REGULAR.",
    input: byPath,
    answer: () => bytes("content"),
    call: (path: string) => ({ path }),
  }),
  WriteFile: request({
    permission: "write_filesystem",
    errors: [...refusals, "QUOTA_EXCEEDED"],
    about:
      "Replaces a file as a whole, or makes it with the directories above it: a reader, or a power failure, sees the old content or the new. Of two writes to one path the later one stays. False when it was there before.",
    input: () => z.object({ path: path(), data: bytes("content") }),
    answer: () => bool("whether it is new"),
    call: (path: string, data: Uint8Array) => ({ path, data }),
  }),
  DeleteFile: request({
    permission: "manage_filesystem",
    errors: refusals,
    about: "Removes a file; never a directory. False when it wasn't there.",
    input: byPath,
    answer: () => bool("whether it was there"),
    call: (path: string) => ({ path }),
  }),
  ListDirectory: request({
    isLarge: true,
    permission: "read_filesystem",
    errors: [...refusals, "TOO_LARGE"],
    about:
      "The names in a directory, sorted, at most 20,000; those that are no UTF-8 and the node's own are left out. An empty path is the data directory.",
    input: byPath,
    answer: () => list(text("name", 255)),
    call: (path: string) => ({ path }),
  }),
  CreateDirectory: request({
    permission: "manage_filesystem",
    errors: [...refusals, "QUOTA_EXCEEDED"],
    about: "Makes a directory with those above it. False when it was there.",
    input: byPath,
    answer: () => bool("whether it is new"),
    call: (path: string) => ({ path }),
  }),
  GetFileMetadata: request({
    permission: "read_filesystem",
    errors: refusals,
    about: "What a file or directory is, its size and its times. An empty path is the data directory.",
    input: byPath,
    answer: fileMetadata,
    call: (path: string) => ({ path }),
  }),
  FilesystemQuota: request({
    permission: "manage_filesystem",
    errors: ["FILE_FAILED"],
    about:
      "How much lies below the data directory in blocks on the disk, as du counts, and how much may. What the node keeps there itself is not counted.",
    input: () => z.object({}),
    answer: fileQuota,
    call: () => ({}),
  }),
};
