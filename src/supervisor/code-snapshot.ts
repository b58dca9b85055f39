import { cp, lstat, mkdir, rm } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";

export interface SnapshotLimits {
  readonly maxBytes: number;
  readonly maxFiles: number;
}

const LIMITS: SnapshotLimits = { maxBytes: 64 * 1024 * 1024, maxFiles: 10_000 };
const LEFT_OUT = new Set(["node_modules", ".git"]);

/**
 * Copies the folder of a module that runs in place, so that a reload that fails can go back to what ran before. Installed
 * packages and version control stay out; links are copied as links.
 * @returns where the entry point lies in the copy; undefined, with nothing left behind, for a folder that is too large or
 * holds what can't be copied: such a module has no way back.
 */
export async function snapshotCode(
  module: { readonly directory: string; readonly entryPath: string },
  copyDir: string,
  { maxBytes, maxFiles }: SnapshotLimits = LIMITS,
): Promise<string | undefined> {
  let bytes = 0;
  let files = 0;
  try {
    await mkdir(dirname(copyDir), { recursive: true, mode: 0o700 });
    await cp(module.directory, copyDir, {
      recursive: true,
      verbatimSymlinks: true,
      errorOnExist: true,
      force: false,
      async filter(source) {
        if (source !== module.directory && LEFT_OUT.has(basename(source))) return false;
        const stats = await lstat(source);
        files++;
        if (stats.isFile()) bytes += stats.size;
        // Sizes count before anything is read: a file with holes is as large as it claims.
        if (bytes > maxBytes || files > maxFiles)
          throw new RangeError("the folder is too large to be copied");
        return true;
      },
    });
    return join(copyDir, relative(module.directory, module.entryPath));
  } catch {
    await rm(copyDir, { recursive: true, force: true });
    return undefined;
  }
}
