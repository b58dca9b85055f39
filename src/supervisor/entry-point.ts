import type { Stats } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { errorCode, errorMessage } from "../errors.js";
import { manifestErrors } from "../manifest/index.js";
import type { DiscoveredModule } from "./discovery.js";
import { supervisorErrors } from "./errors.js";
import { isJavaScript } from "./launch.js";

const searchedFolders = ["", "target/release", "target/debug"];

/**
 * Finds the file that a module runs: the entry point in the module's directory, in `target/release`, in
 * `target/debug`; where it has no extension, also with `.js` and `.mjs`. The first regular file counts.
 * @returns its real path, which lies inside the module's directory.
 * @throws ENTRY_POINT_MISSING naming what was looked for; BAD_ENTRY_POINT when the file lies outside the
 * directory (a symbolic link), is neither JavaScript nor executable, or can't be looked at.
 */
export async function resolveEntryPoint({ manifest, directory }: DiscoveredModule): Promise<string> {
  const names = [manifest.entryPoint];
  if (extname(manifest.entryPoint) === "")
    names.push(`${manifest.entryPoint}.js`, `${manifest.entryPoint}.mjs`);
  const candidates = searchedFolders.flatMap((folder) => names.map((name) => join(directory, folder, name)));
  const look = async <Found>(path: string, find: (path: string) => Promise<Found>): Promise<Found> => {
    try {
      return await find(path);
    } catch (cause) {
      throw refused(directory, `${path}, which can't be read (${errorMessage(cause)})`, "make it readable");
    }
  };
  const root = await look(directory, realPath);
  for (const candidate of candidates) {
    const file = await look(candidate, regularFile);
    if (file === undefined) continue;
    const path = await look(candidate, realPath);
    if (!path.startsWith(root + sep))
      throw refused(directory, `${candidate}, a link to ${path}`, "replace the link");
    if (!isJavaScript(path) && (file.mode & 0o111) === 0) {
      throw refused(directory, `${path} without execute permission`, "run chmod +x on it");
    }
    return path;
  }
  throw supervisorErrors.ENTRY_POINT_MISSING({ module: manifest.name, lookedFor: candidates });
}

function realPath(path: string): Promise<string> {
  return realpath(path);
}

async function regularFile(path: string): Promise<Stats | undefined> {
  try {
    const stats = await stat(path);
    return stats.isFile() ? stats : undefined;
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

function refused(directory: string, found: string, remedy: string) {
  return manifestErrors.BAD_ENTRY_POINT({
    file: join(directory, "module.toml"),
    key: "entry_point",
    found,
    allowed: "a JavaScript or executable file inside the module's directory",
    remedy,
  });
}
