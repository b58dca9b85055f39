import type { BigIntStats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "../../errors.js";

/** What a file was like when it was looked at; two equal marks mean that nobody wrote in between. */
export interface FileMark {
  /** Size, times and inode as one text. */
  readonly mark: string;
  readonly sizeBytes: number;
  readonly isRegular: boolean;
}

export interface Tree {
  /** By path relative to the root, with `/`; sorted within each directory. */
  readonly files: ReadonlyMap<string, FileMark>;
  /** Absolute path of every directory that was entered, and which one it was (device and inode). */
  readonly directories: ReadonlyMap<string, string>;
  /** True when the tree is larger than the limits and the rest was not looked at. */
  readonly isCut: boolean;
}

export interface TreeLimits {
  readonly maxFiles: number;
  readonly maxDirectories: number;
}

const usualLimits: TreeLimits = { maxFiles: 5000, maxDirectories: 500 };

/**
 * Lists a directory and what lies below it, without what `isIgnored` names. Links to files are followed, links to
 * directories are not. What vanishes meanwhile is left out. Never rejects.
 */
export async function walkTree(
  root: string,
  isIgnored: (path: string) => boolean,
  { maxFiles, maxDirectories }: TreeLimits = usualLimits,
): Promise<Tree> {
  const files = new Map<string, FileMark>();
  const directories = new Map<string, string>();
  const open = [""];
  let isCut = false;
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (directories.size >= maxDirectories || files.size >= maxFiles) {
      isCut = true;
      break;
    }
    const directory = join(root, path);
    const identity = await directoryIdentity(directory);
    if (identity === undefined) continue;
    directories.set(directory, identity);
    for (const entry of await entriesOf(directory)) {
      const inner = path === "" ? entry.name : `${path}/${entry.name}`;
      if (isIgnored(inner)) continue;
      if (entry.isDirectory()) open.push(inner);
      else if (files.size >= maxFiles) isCut = true;
      else {
        const mark = await markFile(join(root, inner));
        if (mark !== undefined) files.set(inner, mark);
      }
    }
  }
  return { files, directories, isCut };
}

/** The mark of a file, links followed; undefined when there is none. Never rejects. */
export async function markFile(path: string): Promise<FileMark | undefined> {
  const stats = await statOf(path);
  if (stats === undefined) return undefined;
  if (typeof stats === "string") return { mark: stats, sizeBytes: 0, isRegular: false };
  const { size, mtimeNs, ctimeNs, dev, ino } = stats;
  return {
    mark: `${size}.${mtimeNs}.${ctimeNs}.${dev}.${ino}`,
    sizeBytes: Number(size),
    isRegular: stats.isFile(),
  };
}

/** Which directory a path leads to now; undefined when it leads to none. Never rejects. */
export async function directoryIdentity(path: string): Promise<string | undefined> {
  const stats = await statOf(path);
  if (stats === undefined || typeof stats === "string" || !stats.isDirectory()) return undefined;
  return `${stats.dev}.${stats.ino}`;
}

/** Undefined where there is nothing, the code where there is something that can't be looked at. */
async function statOf(path: string): Promise<BigIntStats | string | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    const code = errorCode(error) ?? "unknown";
    return code === "ENOENT" || code === "ENOTDIR" ? undefined : code;
  }
}

async function entriesOf(directory: string) {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}
