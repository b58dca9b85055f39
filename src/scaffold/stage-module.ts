import { createHash } from "node:crypto";
import { lstat, mkdir, readFile, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { errorCode } from "../errors.js";
import { readManifest } from "../manifest/index.js";
import { unsealManifest } from "../security/index.js";
import { bundleModule } from "./bundle-module.js";
import { bundleNameOf, findSource } from "./find-source.js";

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
 * configuration, or, without sources, linked. A bundle is not what its author signed: [binary] and [signatures] stay out of
 * its manifest. Called again it brings what is there up to date; when bundling fails that stays as it was. The caller owns
 * the folder; nothing is ever written to the module's own.
 * @throws BUNDLE_FAILED, BUNDLE_NO_SOURCE when the sources of a bundled one are gone, and what the manifest provokes
 */
export async function stageModule(directory: string, modulesDir: string): Promise<StagedModule> {
  const root = resolve(directory);
  const { name, version, entryPoint } = await readManifest(join(root, "module.toml"));
  const place = join(modulesDir, "module");
  const isScript = (await bundleNameOf(root, entryPoint)) !== undefined;
  const { sourceFile } = isScript ? await findSource(root, entryPoint) : {};
  const kind = await kindOf(place);
  if (sourceFile === undefined && kind !== "directory") {
    await symlink(root, place).catch((error: unknown) => {
      if (errorCode(error) !== "EEXIST") throw error;
    });
    return { name, version, contentHash: undefined, builtFolder: undefined, warnings: [] };
  }
  // A link leads into the module's own folder. What is made beside it has no manifest and is no module.
  const outDirectory = kind === "link" ? join(modulesDir, ".draft") : place;
  const { warnings, outFile } = await bundleModule({ directory: root, outDirectory });
  const hash = createHash("sha256").update(await readFile(outFile));
  if (kind === "link") {
    await unlink(place);
    await rename(outDirectory, place);
  }
  for (const file of ["module.toml", "config.toml"]) {
    const bytes = await readIfThere(join(root, file));
    hash.update(`\n${file} ${bytes?.length}\n`).update(bytes ?? "");
    if (bytes === undefined) await rm(join(place, file), { force: true });
    else await writeIn(join(place, file), file === "module.toml" ? unsealed(bytes, file) : bytes);
  }
  // The bundle is an ES module whatever the name of its file.
  await writeIn(join(place, "package.json"), '{ "type": "module" }\n');
  const folder = dirname(entryPoint);
  const builtFolder = folder === "." || sourceFile?.startsWith(join(root, folder, "/")) ? undefined : folder;
  return { name, version, contentHash: hash.digest("hex"), builtFolder, warnings };
}

/** A manifest that is not UTF-8 or no manifest stays as it is: whoever reads it says what is wrong. */
function unsealed(bytes: Buffer, file: string): string | Uint8Array {
  try {
    return unsealManifest(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), file);
  } catch {
    return bytes;
  }
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

async function kindOf(path: string): Promise<"directory" | "link" | undefined> {
  try {
    const stats = await lstat(path);
    return stats.isDirectory() ? "directory" : stats.isSymbolicLink() ? "link" : undefined;
  } catch {
    return undefined;
  }
}
