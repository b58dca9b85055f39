import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { badBinary, openProblem } from "./bad-binary.js";
import type { CodeBudget } from "./code-budget.js";
import { namesIn, type Opened, openIn } from "./open-beneath.js";
import type { PrivateCopy } from "./private-copy.js";
import { readCodeFile } from "./read-code-file.js";
import { sideBySide } from "./side-by-side.js";

/** A directory of code, after all of it was read. */
export interface CodeTree {
  /** SHA-256, lower-case hex, of the list of entries. */
  readonly hash: string;
  /** The bytes of all files. */
  readonly sizeBytes: number;
  /** Relative paths of the files. */
  readonly files: ReadonlySet<string>;
}

/** The file that a directory of code is run by: the first of these that it has. */
export const indexNames: readonly string[] = ["index.js", "index.mjs", "index.cjs"];

const parallelFiles = 4;

interface Entry {
  readonly path: string;
  readonly line: string;
}

/**
 * Reads a directory with all it holds, and copies what it reads to `copyPath` of the copy. The hash is that
 * of a text with one line per entry, sorted by the UTF-8 bytes of their paths, each a list in JSON:
 * `["file","lib/a.js","-",120,"<SHA-256>"]` with `x` in place of `-` for an executable file, and
 * `["directory","lib"]`.
 * Owners, times and all other bits of the mode don't matter. Links and everything else that is neither a
 * regular file nor a directory are refused (BAD_BINARY), as are names that are no UTF-8. Does not close `root`.
 * Codes: BAD_BINARY, CODE_TOO_LARGE, CODE_COPY_FAILED.
 */
export async function readCodeTree(
  root: Opened,
  module: string,
  budget: CodeBudget,
  copy: PrivateCopy | undefined,
  copyPath: string,
): Promise<CodeTree> {
  const entries: Entry[] = [];
  const files = new Set<string>();
  let sizeBytes = 0;

  const readFile = async (opened: Opened, stats: Stats, path: string): Promise<void> => {
    const read = await readCodeFile(opened, stats, budget, copy, `${copyPath}/${path}`);
    sizeBytes += read.sizeBytes;
    files.add(path);
    const bit = read.isExecutable ? "x" : "-";
    entries.push({ path, line: JSON.stringify(["file", path, bit, read.sizeBytes, read.sha256]) });
  };
  const readFolder = async (folder: Opened, prefix: string, depth: number): Promise<void> => {
    budget.enterDepth(depth);
    await copy?.addFolder(`${copyPath}/${prefix}`);
    const names = await namesIn(folder, budget.entriesLeft + 1);
    budget.takeEntries(names.length);
    const folders: string[] = [];
    await sideBySide(names, parallelFiles, async (name) => {
      await using opened = await openEntry(module, folder, name);
      const stats = await opened.handle.stat();
      if (stats.isFile()) await readFile(opened, stats, prefix + name);
      else if (stats.isDirectory()) folders.push(name);
      else throw badBinary(module, `a directory with ${opened.path}, which is no regular file`, "remove it");
    });
    // One after the other, so that no more descriptors are open than levels and files read side by side.
    for (const name of folders) {
      await using opened = await openEntry(module, folder, name);
      const path = prefix + name;
      entries.push({ path, line: JSON.stringify(["directory", path]) });
      await readFolder(opened, `${path}/`, depth + 1);
    }
  };

  await readFolder(root, "", 0);
  return { hash: hashOf(entries), sizeBytes, files };
}

async function openEntry(module: string, folder: Opened, name: string): Promise<Opened> {
  if (name.includes("\ufffd")) {
    throw badBinary(module, `a directory with ${folder.path}/${name}, a name that is no UTF-8`, "rename it");
  }
  try {
    return await openIn(folder, name);
  } catch (cause) {
    throw badBinary(
      module,
      `a directory with ${folder.path}/${name}, ${openProblem(cause)}`,
      "remove it",
      cause,
    );
  }
}

function hashOf(entries: readonly Entry[]): string {
  const sorted = entries
    .map(({ path, line }) => ({ key: Buffer.from(path), line }))
    .sort((a, b) => Buffer.compare(a.key, b.key));
  const hash = createHash("sha256");
  for (const { line } of sorted) hash.update(`${line}\n`);
  return hash.digest("hex");
}
