import { realpath } from "node:fs/promises";
import { relative, sep } from "node:path";
import { errorCode } from "../errors.js";
import { badBinary, openProblem } from "./bad-binary.js";
import { indexNames } from "./code-tree.js";
import { entryFileProblem } from "./entry-file.js";
import { type Opened, openBeneath, openIn } from "./open-beneath.js";

/** Where a module's code lies. */
export interface CodePlace {
  /** The module's name, for messages. */
  readonly module: string;
  /** Real path of the module's directory. */
  readonly directory: string;
  /** The file or directory that the entry point names, inside `directory`. */
  readonly entryPath: string;
}

/**
 * The file to run where it lies: that of the entry point, or the index of a directory. Links are followed
 * within the module's directory. It is looked at and not measured: what runs later may be other bytes.
 * @returns its real path
 * @throws BAD_BINARY
 */
export async function entryInPlace({ module, directory, entryPath }: CodePlace): Promise<string> {
  try {
    const [root, path] = await Promise.all([realpath(directory), realpath(entryPath)]);
    await using opened = await openBeneath(root, partsBelow({ module, directory: root, entryPath: path }));
    if (!(await opened.handle.stat()).isDirectory()) return await runnable(module, opened);
    for (const name of indexNames) {
      await using index = await openIfThere(opened, name);
      if (index !== undefined) return await runnable(module, index);
    }
  } catch (cause) {
    if (errorCode(cause) === "BAD_BINARY") throw cause;
    throw badBinary(module, `${entryPath}, ${openProblem(cause)}`, "replace it by the file itself", cause);
  }
  throw badBinary(module, `${entryPath}, a directory without index.js`, "add one, or name the file to run");
}

/**
 * The parts of the path from the module's directory to the entry point.
 * @throws BAD_BINARY when the entry point lies elsewhere
 */
export function partsBelow({ module, directory, entryPath }: CodePlace): readonly string[] {
  const parts = relative(directory, entryPath).split(sep);
  if (parts[0] !== "" && parts[0] !== "..") return parts;
  throw badBinary(module, `${entryPath}, which is outside of ${directory}`, "move it inside");
}

async function runnable(module: string, { handle, path }: Opened): Promise<string> {
  const stats = await handle.stat();
  if (!stats.isFile()) throw badBinary(module, `${path}, which is no regular file`, "replace it");
  const head = Buffer.alloc(256);
  const { bytesRead } = await handle.read(head, 0, head.length, 0);
  const isExecutable = (stats.mode & 0o111) !== 0;
  const problem = entryFileProblem(path, { isExecutable, head: head.subarray(0, bytesRead) });
  if (problem !== undefined) throw badBinary(module, problem.found, problem.remedy);
  return path;
}

async function openIfThere(folder: Opened, name: string): Promise<Opened | undefined> {
  try {
    return await openIn(folder, name);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
