import { z } from "zod";
import { bool, optional, text, u64 } from "../fields.js";

export const fileMetadata = () =>
  z.object({
    path: text("relative to the module's data directory", 4096),
    size: u64("of the file", { unit: "bytes" }),
    is_file: bool("a regular file"),
    is_directory: bool("a directory"),
    modified: optional(u64("last change", { unit: "unix seconds" })),
    created: optional(u64("when it was made, where the file system knows", { unit: "unix seconds" })),
  });
export type FileMetadata = z.output<ReturnType<typeof fileMetadata>>;

export const fileQuota = () =>
  z.object({
    used_bytes: u64("in files below the data directory", { unit: "bytes" }),
    limit_bytes: u64("that may be used", { unit: "bytes" }),
    used_inodes: u64("files and directories"),
    limit_inodes: u64("that may exist"),
  });
export type FileQuota = z.output<ReturnType<typeof fileQuota>>;

export const storageQuota = () =>
  z.object({
    used_bytes: u64("of keys and values in all trees", { unit: "bytes" }),
    limit_bytes: u64("that may be used", { unit: "bytes" }),
  });
export type StorageQuota = z.output<ReturnType<typeof storageQuota>>;
