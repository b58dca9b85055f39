import { constants } from "node:fs";
import { access, realpath } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";

const names = ["bwrap", "setpriv", "prlimit", "env", "sh"] as const;
export type ToolName = (typeof names)[number];

/** Absolute real paths of the programs that the layers are made of; a missing one is left out. */
export type Tools = Readonly<Partial<Record<ToolName, string>>>;

const systemFolders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];

/** Looks for the programs in `searchPath` and in the usual folders. Never rejects. */
export async function findTools(searchPath = process.env.PATH ?? ""): Promise<Tools> {
  const folders = new Set([...searchPath.split(delimiter).filter(isAbsolute), ...systemFolders]);
  const found = await Promise.all(names.map(async (name) => [name, await findTool(name, folders)] as const));
  return Object.fromEntries(found.filter(([, path]) => path !== undefined));
}

async function findTool(name: string, folders: Iterable<string>): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      await access(path, constants.X_OK);
      return await realpath(path);
    } catch {
      // The next folder may have it.
    }
  }
  return undefined;
}
