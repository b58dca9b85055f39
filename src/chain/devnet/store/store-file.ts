import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { errorMessage } from "../../../errors.js";
import { chainErrors } from "../../errors.js";
import { readFully } from "./read-window.js";
import { allowedStore, judgeHeader, storeHeader, storeHeaderBytes } from "./store-header.js";

/** What is written to a disk by; tests put one in its place that fails. */
export type Disk = Readonly<{
  writeSync(descriptor: number, bytes: Uint8Array, at: number, length: number, offset: number): number;
  fsyncSync(descriptor: number): void;
  ftruncateSync(descriptor: number, lengthBytes: number): void;
}>;

export const realDisk: Disk = { writeSync, fsyncSync, ftruncateSync };

/**
 * Opens a store's file, whose header is checked; the caller closes it. To write, a missing file is made, whole or not at
 * all, of mode 0600, in a directory of mode 0700 where that is missing too.
 * @throws DEVNET_STORE_FOREIGN, DEVNET_STORE_FAILED
 */
export function openStoreFile(
  path: string,
  use: "read" | "write",
): { descriptor: number; sizeBytes: number } {
  try {
    if (use === "write") createIfMissing(path);
    refuseNoFile(path);
    const descriptor = openSync(path, use === "write" ? "r+" : "r");
    try {
      checkHeader(descriptor, path);
      return { descriptor, sizeBytes: fstatSync(descriptor).size };
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  } catch (error) {
    throw storeFailure(path, "be opened", error);
  }
}

/** The error as DEVNET_STORE_FAILED, unless it is one of the chain's own already. */
export function storeFailure(place: string, action: string, error: unknown): unknown {
  const isOwn = error instanceof Error && "code" in error && String(error.code).startsWith("DEVNET_");
  if (isOwn) return error;
  return chainErrors.DEVNET_STORE_FAILED({ place, action, reason: errorMessage(error) }, { cause: error });
}

// A file that ends inside its header was never a store: making one is writing it aside and renaming it.
function createIfMissing(path: string): void {
  if (existsSync(path) && statSync(path).size >= storeHeaderBytes) return;
  refuseNoFile(path);
  if (existsSync(path)) refuseForeign(path);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const aside = `${path}.new`;
  rmSync(aside, { force: true });
  const descriptor = openSync(aside, "wx", 0o600);
  try {
    writeSync(descriptor, storeHeader());
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(aside, path);
  syncDirectory(dirname(path));
}

function refuseForeign(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    const first = Buffer.alloc(storeHeaderBytes);
    const verdict = judgeHeader(first.subarray(0, readFully(descriptor, first, 0)));
    if (verdict.is === "foreign") throw foreign(path, verdict.found);
  } finally {
    closeSync(descriptor);
  }
}

function checkHeader(descriptor: number, path: string): void {
  const first = Buffer.alloc(storeHeaderBytes);
  const verdict = judgeHeader(first.subarray(0, readFully(descriptor, first, 0)));
  if (verdict.is === "foreign") throw foreign(path, verdict.found);
  if (verdict.is === "empty") throw foreign(path, "a file that ends inside its header");
}

// Opening a pipe would wait for its other end.
function refuseNoFile(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isFile()) throw foreign(path, "no regular file");
}

function foreign(file: string, found: string): Error {
  return chainErrors.DEVNET_STORE_FOREIGN({ file, found, allowed: allowedStore });
}

function syncDirectory(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
