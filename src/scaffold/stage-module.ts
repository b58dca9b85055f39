import { createHash } from "node:crypto";
import { lstat, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { errorCode } from "../errors.js";
import { readManifest } from "../manifest/index.js";
import { bundleModule } from "./bundle-module.js";
import { findSource } from "./find-source.js";

/** A module in a folder of modules that holds nothing else. */
export interface StagedModule {
  readonly name: string;
  readonly version: string;
  /** Of bundle, manifest and configuration; undefined for a module without sources, which is run where it lies. */
  readonly contentHash: string | undefined;
  /** The folder, relative to the module's, that holds nothing but what is built; undefined when there is none. */
  readonly builtFolder: string | undefined;
  /** What the bundler found odd. */
  readonly warnings: readonly string[];
}

/**
 * Puts a module into `modulesDir` for a host of its own: bundled from its sources with copies of its manifest and
 * configuration, or, without sources, linked. Called again it brings what is there up to date; when bundling fails that
 * stays as it was. The caller owns the folder.
 * @throws BUNDLE_FAILED, BUNDLE_NO_SOURCE when the sources of a bundled one are gone, and what the manifest provokes
 */
export async function stageModule(directory: string, modulesDir: string): Promise<StagedModule> {
  const root = resolve(directory);
  const { name, version, entryPoint } = await readManifest(join(root, "module.toml"));
  const place = join(modulesDir, "module");
  const { sourceFile } = await findSource(root, entryPoint);
  if (sourceFile === undefined && !(await isDirectory(place))) {
    await symlink(root, place).catch((error: unknown) => {
      if (errorCode(error) !== "EEXIST") throw error;
    });
    return { name, version, contentHash: undefined, builtFolder: undefined, warnings: [] };
  }
  const { warnings, outFile } = await bundleModule({ directory: root, outFile: join(place, entryPoint) });
  const hash = createHash("sha256").update(await readFile(outFile));
  for (const file of ["module.toml", "config.toml"]) {
    const bytes = await readIfThere(join(root, file));
    hash.update(`\n${file} ${bytes?.length}\n`).update(bytes ?? "");
    await (bytes === undefined ? rm(join(place, file), { force: true }) : writeIn(join(place, file), bytes));
  }
  // The bundle is an ES module whatever the name of its file.
  await writeIn(join(place, "package.json"), '{ "type": "module" }\n');
  const folder = dirname(entryPoint);
  const builtFolder = folder === "." || sourceFile?.startsWith(join(root, folder, "/")) ? undefined : folder;
  return { name, version, contentHash: hash.digest("hex"), builtFolder, warnings };
}

async function writeIn(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch {
    return false;
  }
}
