import { lstat, readlink } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { errorCode } from "../errors.js";
import { sandboxErrors } from "./errors.js";
import type { UserIds } from "./machine.js";

/** As many links as the kernel follows (path_resolution(7)). */
const MAX_LINKS = 40;

/** A folder that somebody may not pass through. */
export interface Blockage {
  readonly component: string;
  /** In octal, or what prevented a look. */
  readonly mode: string;
}

/**
 * The first folder on the way to a path that a user without further groups may not pass through, by the modes of the
 * folders; links are followed as the kernel does. What doesn't exist blocks nobody. Never rejects.
 */
export async function findBlockage(path: string, user: UserIds): Promise<Blockage | undefined> {
  let current = "/";
  let parts = path.split("/");
  for (let links = 0; ; ) {
    const [part, ...rest] = parts;
    if (part === undefined) return undefined;
    parts = rest;
    if (part === "" || part === ".") continue;
    if (part === "..") {
      current = dirname(current);
      continue;
    }
    const next = join(current, part);
    const found = await look(next);
    if (typeof found === "string") return found === "" ? undefined : { component: next, mode: found };
    if (found.isSymbolicLink() && links++ < MAX_LINKS) {
      const target = await readlink(next).catch(() => "");
      parts = [...target.split("/"), ...parts];
      if (isAbsolute(target)) current = "/";
      continue;
    }
    if (!found.isDirectory()) return undefined;
    if (!mayPass(found, user)) return { component: next, mode: octal(found.mode) };
    current = next;
  }
}

/** @throws SANDBOX_PATH_BLOCKED when {@link findBlockage} finds one */
export async function requireReach(path: string, user: UserIds): Promise<void> {
  const blockage = await findBlockage(path, user);
  if (blockage !== undefined) {
    throw sandboxErrors.SANDBOX_PATH_BLOCKED({ path, user: user.name, ...blockage });
  }
}

async function look(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    const code = errorCode(error) ?? "unknown";
    return code === "ENOENT" || code === "ENOTDIR" ? "" : code;
  }
}

function mayPass(folder: { uid: number; gid: number; mode: number }, { uid, gid }: UserIds): boolean {
  // The first class that fits decides, also against the user.
  const bit = folder.uid === uid ? 0o100 : folder.gid === gid ? 0o010 : 0o001;
  return (folder.mode & bit) !== 0;
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}
