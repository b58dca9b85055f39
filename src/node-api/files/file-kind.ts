import type { Stats } from "node:fs";
import { fileErrors } from "../errors.js";
import { shownPath } from "./file-refusal.js";

/** What something is, in words for a message. */
function kindOf(stats: Stats): string {
  if (stats.isFile()) return stats.nlink > 1 ? `a file with ${stats.nlink} names (hard links)` : "a file";
  if (stats.isDirectory()) return "a directory";
  if (stats.isFIFO()) return "a named pipe";
  if (stats.isSocket()) return "a socket";
  return "a device";
}

/** Refuses links. @throws SYMLINK_REFUSED */
export function requireNoLink(path: string, stats: Stats): void {
  if (stats.isSymbolicLink()) throw fileErrors.SYMLINK_REFUSED({ path: shownPath(path) });
}

/** @throws SYMLINK_REFUSED, NOT_REGULAR */
export function requireFile(path: string, stats: Stats): void {
  requireNoLink(path, stats);
  if (!stats.isFile()) throw notRegular(path, stats, "a regular file");
}

/**
 * A file of several names may be somebody else's that was linked here: where the kernel lets everybody link everything,
 * a host with more rights than the module would read it out. @throws NOT_REGULAR
 */
export function requireOwnFile(path: string, stats: Stats): void {
  requireFile(path, stats);
  if (stats.nlink > 1) throw notRegular(path, stats, "a regular file with one name");
}

export function notRegular(path: string, stats: Stats, allowed: string) {
  return fileErrors.NOT_REGULAR({ path: shownPath(path), found: kindOf(stats), allowed });
}
