import { lstat } from "node:fs/promises";
import { extname, join } from "node:path";
import { errorCode } from "../errors.js";

const searchedFolders = ["", "target/release", "target/debug"];

/** Where a module's code may lie. */
export interface CodeSearch {
  /** The first that is there, files before directories; undefined when there is none. */
  readonly entryPath: string | undefined;
  /** All that was looked for, in order. */
  readonly lookedFor: readonly string[];
}

/**
 * Looks for what `entryPoint` names: in the module's directory, in `target/release`, in `target/debug`; a name
 * without extension also with `.js` and `.mjs`, which go before a directory of that name.
 * What is found is not judged yet: it may be a link, or no code at all.
 */
export async function findCode(directory: string, entryPoint: string): Promise<CodeSearch> {
  const suffixes = extname(entryPoint) === "" ? ["", ".js", ".mjs"] : [""];
  const lookedFor = searchedFolders.flatMap((folder) =>
    suffixes.map((suffix) => join(directory, folder, entryPoint + suffix)),
  );
  let folder: string | undefined;
  for (const path of lookedFor) {
    const kind = await kindOf(path);
    if (kind === "other") return { entryPath: path, lookedFor };
    if (kind === "directory") folder ??= path;
  }
  return { entryPath: folder, lookedFor };
}

async function kindOf(path: string): Promise<"directory" | "other" | undefined> {
  try {
    return (await lstat(path)).isDirectory() ? "directory" : "other";
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
