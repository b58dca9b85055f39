import { mkdir, rm, stat, symlink } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { passageMode } from "../sandbox/index.js";
import { type CopyLimits, copyLimits, copyModuleFolder, PACKAGES } from "./copy-module-folder.js";
import type { ModuleCode } from "./module-code.js";
import { openToReaders } from "./open-to-readers.js";

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
  limits: CopyLimits = copyLimits,
): Promise<ModuleCode | undefined> {
  try {
    await mkdir(dirname(copyDir), { recursive: true, mode: 0o700 });
    const copy = await layPackagesAbove(module.directory, copyDir);
    const packages = await copyModuleFolder(module.directory, copy, limits);
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
