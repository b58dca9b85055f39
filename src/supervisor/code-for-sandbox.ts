import { constants } from "node:fs";
import { copyFile, lstat, mkdir, open, rm, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { EngineError, errorMessage } from "../errors.js";
import { securityErrors } from "../security/index.js";
import {
  type CopyLimits,
  copyLimits,
  copyModuleFolder,
  FolderTooLarge,
  PACKAGES,
} from "./copy-module-folder.js";
import type { ModuleCode } from "./module-code.js";
import { openToReaders } from "./open-to-readers.js";

const PACKAGE_FILE = "package.json";
const MAX_PACKAGE_FOLDERS = 64;
const MAX_PACKAGE_FILE_BYTES = 1024 * 1024;

/** A module that runs in place: it claims nothing of its code. */
export interface CodeInPlace {
  readonly name: string;
  /** Real path of the module's folder. */
  readonly directory: string;
  /** Real path of the file to run. */
  readonly entryPath: string;
  /** Whether the file lies in the module's folder; otherwise it is all of the module's code. */
  readonly isOwn: boolean;
}

/**
 * Copies the code of a module that runs in place to where nothing changes it any more, and where any user who is let in can
 * read and nobody can write it. Its installed packages (folders, no links) are not copied but linked to, through a folder beside the code. Those
 * of the folders above stay out: of the nearest package.json there only the `type` counts, as it does for the original.
 *
 *     copyDir/code/main.js                      the folder's files, read-only
 *     copyDir/code/node_modules                 -> ../packages/0/node_modules
 *     copyDir/packages/0/node_modules           -> the module's own
 *
 * @returns the code in the copy, which is the caller's from here on; nothing is left behind when it fails
 * @throws CODE_TOO_LARGE, CODE_COPY_FAILED
 */
export async function copyForSandbox(
  module: CodeInPlace,
  copyDir: string,
  limits: CopyLimits = copyLimits,
): Promise<ModuleCode> {
  const codePath = join(copyDir, "code");
  try {
    await mkdir(copyDir, { recursive: true });
    const type = await moduleType(dirname(module.entryPath));
    const packages = module.isOwn
      ? await copyFolder(module, codePath, limits)
      : await copySingleFile(module.entryPath, codePath, limits);
    if (type !== undefined) await writeIfAbsent(join(codePath, PACKAGE_FILE), JSON.stringify({ type }));
    await openToReaders(copyDir);
    const inner = module.isOwn ? relative(module.directory, module.entryPath) : basename(module.entryPath);
    return { entryPath: join(codePath, inner), codePath, packages };
  } catch (cause) {
    await rm(copyDir, { recursive: true, force: true }).catch(() => {});
    throw asCodeError(cause, module.name, copyDir);
  }
}

async function copyFolder(
  { directory }: CodeInPlace,
  codePath: string,
  limits: CopyLimits,
): Promise<readonly string[]> {
  const packages: string[] = [];
  for (const folder of await copyModuleFolder(directory, codePath, limits)) {
    // A link could lead to anything that the host's user may read, and whatever it leads to would be shown.
    if ((await lstat(folder)).isDirectory()) packages.push(folder);
  }
  if (packages.length > MAX_PACKAGE_FOLDERS)
    throw new FolderTooLarge("more", MAX_PACKAGE_FOLDERS, `folders called ${PACKAGES}`);
  for (const [place, folder] of packages.entries()) {
    const beside = join("packages", String(place), PACKAGES);
    const target = join(dirname(codePath), beside);
    await mkdir(dirname(target), { recursive: true });
    await symlink(folder, target);
    const inner = relative(directory, folder);
    await symlink(join(relative(dirname(inner), ""), "..", beside), join(codePath, inner));
  }
  return packages;
}

async function copySingleFile(
  entryPath: string,
  codePath: string,
  limits: CopyLimits,
): Promise<readonly string[]> {
  const { size } = await lstat(entryPath);
  if (size > limits.maxBytes) throw new FolderTooLarge("more", limits.maxBytes / 1024 / 1024, "MiB");
  await mkdir(codePath);
  await copyFile(entryPath, join(codePath, basename(entryPath)));
  return [];
}

/** What Node.js takes `.js` files in a folder for: the nearest package.json says it. */
async function moduleType(folder: string): Promise<string | undefined> {
  for (let each = folder; ; each = dirname(each)) {
    const text = await readSmall(join(each, PACKAGE_FILE));
    if (text !== undefined) return typeIn(text);
    if (each === dirname(each) || basename(each) === PACKAGES) return undefined;
  }
}

/**
 * The text of a file, empty when it is too large; undefined when nothing can be read there. Never reads more than the
 * limit and never waits on a pipe or a device, which a link may lead to.
 */
async function readSmall(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    if (!(await file.stat()).isFile()) return undefined;
    const buffer = Buffer.alloc(MAX_PACKAGE_FILE_BYTES + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return length > MAX_PACKAGE_FILE_BYTES ? "" : buffer.toString("utf8", 0, length);
  } catch {
    return undefined;
  }
}

function typeIn(text: string): string | undefined {
  try {
    const { type } = JSON.parse(text);
    return type === "module" || type === "commonjs" ? type : undefined;
  } catch {
    return undefined;
  }
}

async function writeIfAbsent(path: string, text: string): Promise<void> {
  await writeFile(path, text, { flag: "wx" }).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  });
}

function asCodeError(cause: unknown, module: string, copyDir: string): unknown {
  if (cause instanceof EngineError) return cause;
  if (!(cause instanceof FolderTooLarge)) {
    return securityErrors.CODE_COPY_FAILED({ module, copyDir, reason: errorMessage(cause) }, { cause });
  }
  const { what, limit, unit } = cause;
  return securityErrors.CODE_TOO_LARGE({ module, what: `its folder has ${what}`, limit, unit }, { cause });
}
