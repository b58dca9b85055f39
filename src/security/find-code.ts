import { lstat } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { errorCode } from "../errors.js";

const searchedFolders = ["", "target/release", "target/debug"];

const absent: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG"]);

/** Where a module's code may lie. */
export interface CodeSearch {
  /** The first that is there, files before directories; undefined when there is none. */
  readonly entryPath: string | undefined;
  /** The folder that `entryPath` lies in and must not leave: the module's directory, or the folder of modules. */
  readonly root: string;
  /** All that was looked for, in order. */
  readonly lookedFor: readonly string[];
}

/**
 * Looks for what `entryPoint` names: in the module's directory, in `target/release`, in `target/debug`, and last, as a
 * file, in `modulesDir`, the folder that the module's directory was found in. A name without extension is looked for with
 * `.js` and `.mjs` as well, which go before a directory of that name.
 * What is found is not judged yet: it may be a link, or no code at all. Never rejects.
 */
export async function findCode(
  directory: string,
  entryPoint: string,
  modulesDir = dirname(directory),
): Promise<CodeSearch> {
  const suffixes = extname(entryPoint) === "" ? ["", ".js", ".mjs"] : [""];
  const inFolder = (folder: string) => suffixes.map((suffix) => join(folder, entryPoint + suffix));
  const own = searchedFolders.flatMap((folder) => inFolder(join(directory, folder)));
  const shared = inFolder(modulesDir);
  const lookedFor = [...own, ...shared];
  let folder: string | undefined;
  for (const path of own) {
    const kind = await kindOf(path);
    if (kind === "other") return { entryPath: path, root: directory, lookedFor };
    if (kind === "directory") folder ??= path;
  }
  if (folder !== undefined) return { entryPath: folder, root: directory, lookedFor };
  for (const path of shared)
    if ((await kindOf(path)) === "other") return { entryPath: path, root: modulesDir, lookedFor };
  return { entryPath: undefined, root: directory, lookedFor };
}

/** What can't be looked at counts as a file that is there: whoever opens it says why it can't be run. */
async function kindOf(path: string): Promise<"directory" | "other" | undefined> {
  try {
    return (await lstat(path)).isDirectory() ? "directory" : "other";
  } catch (error) {
    return absent.has(errorCode(error) ?? "") ? undefined : "other";
  }
}
