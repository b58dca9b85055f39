import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { errorCode, errorMessage } from "../errors.js";
import { moduleNameProblem } from "../manifest/index.js";
import { bundleModule } from "./bundle-module.js";
import { scaffoldErrors } from "./errors.js";
import { moduleFiles } from "./module-files.js";
import { moduleSources } from "./module-sources.js";
import { readOwnPackage } from "./package-root.js";

export interface CreateModuleOptions {
  /** The new module's own folder: one that doesn't exist, or is empty. */
  readonly directory: string;
  readonly name: string;
}

export interface CreatedModule {
  readonly directory: string;
  /** Relative to the directory, in the order in which they are worth reading. */
  readonly files: readonly string[];
  /** Where `blvm-streams` is linked from; undefined where a registry has it. */
  readonly linkedTo: string | undefined;
}

/**
 * Writes a new module: manifest, configuration with its schema, program, tests, package; bundled, so that a host loads
 * it as it is. All of it appears at once: it is made in a folder beside and renamed.
 * @throws SCAFFOLD_BAD_NAME, SCAFFOLD_TARGET_EXISTS, SCAFFOLD_UNWRITABLE, BUNDLE_FAILED; nothing is left behind then
 */
export async function createModule({ directory, name }: CreateModuleOptions): Promise<CreatedModule> {
  const problem = moduleNameProblem(name);
  if (problem !== undefined) throw scaffoldErrors.SCAFFOLD_BAD_NAME({ name, problem });
  const target = resolve(directory);
  await requireFree(target);
  const own = readOwnPackage();
  const files = { ...moduleFiles(name, own), ...moduleSources(name) };
  const draft = join(dirname(target), `.${randomBytes(8).toString("hex")}.tmp`);
  try {
    await attempt(target, () => writeAll(draft, files));
    await bundleModule({ directory: draft });
    await attempt(target, () => replaceEmpty(draft, target));
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
  return {
    directory: target,
    files: [...Object.keys(files), "dist/main.js"],
    linkedTo: own.isPublished ? undefined : own.root,
  };
}

async function requireFree(directory: string): Promise<void> {
  const refuse = (found: string) => scaffoldErrors.SCAFFOLD_TARGET_EXISTS({ directory, found });
  try {
    const names = await readdir(directory);
    if (names.length > 0) throw refuse(`a folder with ${names.length} entries`);
  } catch (error) {
    switch (errorCode(error)) {
      case "ENOENT":
        return;
      case "ENOTDIR":
        throw refuse("no folder, or below a file");
      case "SCAFFOLD_TARGET_EXISTS":
        throw error;
      default:
        throw scaffoldErrors.SCAFFOLD_UNWRITABLE(
          { directory, reason: errorMessage(error) },
          { cause: error },
        );
    }
  }
}

async function writeAll(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(dirname(directory), { recursive: true });
  await mkdir(directory);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text, { flag: "wx" });
  }
}

/** An empty folder gives way; one that was filled meanwhile does not. */
async function replaceEmpty(draft: string, target: string): Promise<void> {
  await rmdir(target).catch((error: unknown) => {
    if (errorCode(error) !== "ENOENT") throw error;
  });
  await rename(draft, target);
}

async function attempt(directory: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    throw scaffoldErrors.SCAFFOLD_UNWRITABLE({ directory, reason: errorMessage(cause) }, { cause });
  }
}
