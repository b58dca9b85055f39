import { cp, lstat, mkdir, rm, stat, symlink } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { passageMode } from "../sandbox/index.js";
import type { ModuleCode } from "./module-code.js";
import { openToReaders } from "./open-to-readers.js";

export interface SnapshotLimits {
  readonly maxBytes: number;
  readonly maxFiles: number;
}

const LIMITS: SnapshotLimits = { maxBytes: 64 * 1024 * 1024, maxFiles: 10_000 };
const PACKAGES = "node_modules";

/**
 * Copies the folder of a module that runs in place, so that a reload that fails can go back to what ran before. Version
 * control stays out, links are copied as links, and installed packages are linked to, those of the folders above too:
 * the copy lies so deep below `copyDir` that each of them is found where the original finds it.
 * @returns the code in the copy; undefined, with nothing left behind, for a folder that is too large or
 * holds what can't be copied: such a module has no way back.
 */
export async function snapshotCode(
  module: { readonly directory: string; readonly entryPath: string },
  copyDir: string,
  { maxBytes, maxFiles }: SnapshotLimits = LIMITS,
): Promise<ModuleCode | undefined> {
  let bytes = 0;
  let files = 0;
  const packages: string[] = [];
  try {
    await mkdir(dirname(copyDir), { recursive: true, mode: 0o700 });
    const copy = await layPackagesAbove(module.directory, copyDir);
    await cp(module.directory, copy, {
      recursive: true,
      verbatimSymlinks: true,
      errorOnExist: true,
      force: false,
      async filter(source) {
        if (source !== module.directory && basename(source) === ".git") return false;
        if (source !== module.directory && basename(source) === PACKAGES) {
          packages.push(source);
          return false;
        }
        const stats = await lstat(source);
        files++;
        if (stats.isFile()) bytes += stats.size;
        // Sizes count before anything is read: a file with holes is as large as it claims.
        if (bytes > maxBytes || files > maxFiles)
          throw new RangeError("the folder is too large to be copied");
        return true;
      },
    });
    for (const folder of packages) await symlink(folder, join(copy, relative(module.directory, folder)));
    if (passageMode() !== 0o700) await openToReaders(copyDir);
    return { entryPath: join(copy, relative(module.directory, module.entryPath)), codePath: copy };
  } catch {
    await rm(copyDir, { recursive: true, force: true });
    return undefined;
  }
}

/** Links the packages of the folders above a module into folders above its copy, in the same order. */
async function layPackagesAbove(directory: string, copyDir: string): Promise<string> {
  let copy = copyDir;
  const above: string[] = [];
  for (let folder = dirname(directory); ; folder = dirname(folder)) {
    const packages = join(folder, PACKAGES);
    if (basename(folder) !== PACKAGES && (await isFolder(packages))) above.unshift(packages);
    if (folder === dirname(folder)) break;
  }
  for (const packages of above) {
    await mkdir(copy, { mode: 0o700 });
    await symlink(packages, join(copy, PACKAGES));
    copy = join(copy, "below");
  }
  return copy;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
