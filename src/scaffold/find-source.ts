import { stat } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";

/** Where a module's source may lie, and the first place where it does. */
export interface SourceSearch {
  readonly sourceFile: string | undefined;
  readonly lookedFor: readonly string[];
}

const endings = [".ts", ".mts", ".js", ".mjs"];

/**
 * Looks for the source that `entryPoint` (as in module.toml) is made of: a file of the same name in `src`, then in the
 * module's directory, with a TypeScript or JavaScript ending. What a host would run as the entry point is no source.
 * Never rejects.
 */
export async function findSource(directory: string, entryPoint: string): Promise<SourceSearch> {
  const name = basename(entryPoint, extname(entryPoint));
  const runnable = new Set(scriptNames(entryPoint).map((each) => resolve(directory, each)));
  const lookedFor = ["src", ""]
    .flatMap((folder) => endings.map((ending) => join(directory, folder, name + ending)))
    .filter((path) => !runnable.has(resolve(path)));
  for (const path of lookedFor) if (await isFile(path)) return { sourceFile: path, lookedFor };
  return { sourceFile: undefined, lookedFor };
}

/**
 * The file, relative to the module's directory, that a bundle is written to so that a host runs it as `entryPoint`. Of a
 * name without ending it is the script of that name which a host finds first. Undefined for what is no script by its name.
 */
export async function bundleNameOf(directory: string, entryPoint: string): Promise<string | undefined> {
  if (/\.[cm]?js$/.test(entryPoint)) return entryPoint;
  if (extname(entryPoint) !== "") return undefined;
  const [, ...scripts] = scriptNames(entryPoint);
  for (const name of scripts) if (await isFile(join(directory, name))) return name;
  // Whatever package.json says, it is an ES module.
  return `${entryPoint}.mjs`;
}

/** What a host runs as an entry point: a name without ending is completed. */
function scriptNames(entryPoint: string): readonly string[] {
  return extname(entryPoint) === "" ? [entryPoint, `${entryPoint}.js`, `${entryPoint}.mjs`] : [entryPoint];
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
