import { cp, lstat } from "node:fs/promises";
import { basename } from "node:path";

export interface CopyLimits {
  readonly maxBytes: number;
  readonly maxFiles: number;
}

export const copyLimits: CopyLimits = { maxBytes: 64 * 1024 * 1024, maxFiles: 10_000 };
/** What installed packages lie in. */
export const PACKAGES = "node_modules";

/** A folder that is larger than its limits: `what` completes "it has …". */
export class FolderTooLarge extends RangeError {
  constructor(
    readonly what: string,
    readonly limit: number,
    readonly unit: string,
  ) {
    super(`the folder has ${what} than ${limit} ${unit}`);
  }
}

const MIB = 1024 * 1024;

/**
 * Copies a module's folder to a path where nothing is yet. Version control and installed packages stay out, links are copied
 * as links; pipes, sockets and devices are refused. What is there when it fails is the caller's.
 * @returns the folders with packages that were left out
 * @throws FolderTooLarge, and what the file system provokes
 */
export async function copyModuleFolder(
  directory: string,
  copy: string,
  { maxBytes, maxFiles }: CopyLimits,
): Promise<readonly string[]> {
  let bytes = 0;
  let files = 0;
  const packages: string[] = [];
  await cp(directory, copy, {
    recursive: true,
    verbatimSymlinks: true,
    errorOnExist: true,
    force: false,
    async filter(source) {
      if (source !== directory && basename(source) === ".git") return false;
      if (source !== directory && basename(source) === PACKAGES) {
        packages.push(source);
        return false;
      }
      const stats = await lstat(source);
      // Of a device there is no end to copy.
      if (!stats.isFile() && !stats.isDirectory() && !stats.isSymbolicLink())
        throw new TypeError(`${source} is no file, folder or link`);
      files++;
      if (stats.isFile()) bytes += stats.size;
      // Sizes count before anything is read: a file with holes is as large as it claims.
      if (bytes > maxBytes) throw new FolderTooLarge("more", maxBytes / MIB, "MiB");
      if (files > maxFiles) throw new FolderTooLarge("more", maxFiles, "files");
      return true;
    },
  });
  return packages;
}
