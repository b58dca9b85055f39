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
 * module's directory, with a TypeScript or JavaScript ending. The entry point itself is no source. Never rejects.
 */
export async function findSource(directory: string, entryPoint: string): Promise<SourceSearch> {
  const name = basename(entryPoint, extname(entryPoint));
  const lookedFor = ["src", ""]
    .flatMap((folder) => endings.map((ending) => join(directory, folder, name + ending)))
    .filter((path) => resolve(path) !== resolve(directory, entryPoint));
  for (const path of lookedFor) if (await isFile(path)) return { sourceFile: path, lookedFor };
  return { sourceFile: undefined, lookedFor };
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
