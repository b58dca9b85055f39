import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { type MeasuredDirectory, measureDirectory } from "../../security/index.js";

/** Where the node keeps a module's trees, inside the module's data directory. */
export const NODE_FOLDER = ".storage";
/** What lies there is not the module's; but the module may write there as well, so no more than this is left out. */
const MAX_NODE_FILES = 1000;
/** No walk goes through more, whatever the module may have. */
const MAX_ENTRIES = 1_000_000;
const CLOSED: MeasuredDirectory = { sizeBytes: 0, entries: 0, isComplete: false, hiddenFolders: 1 };
/** Listing it and passing it, for its owner. */
const OPEN_MODE = 0o500;

/**
 * Measures a module's data directory: space with all that lies there, files without what the node keeps. Counting ends
 * somewhat above `maxFiles`. Never rejects.
 * @returns undefined when the directory can't be read, and not because the module closed it
 */
export async function measureData(
  path: string,
  { signal, maxFiles }: { readonly signal: AbortSignal; readonly maxFiles: number },
): Promise<MeasuredDirectory | undefined> {
  const maxEntries = Math.min(maxFiles + MAX_NODE_FILES + 1, MAX_ENTRIES);
  const all = await measureDirectory(path, { signal, maxEntries });
  if (all === undefined) return (await isClosed(path)) ? CLOSED : undefined;
  // Far from the limit it doesn't matter whose they are.
  if (all.entries <= maxFiles / 2) return all;
  const node = await measureDirectory(join(path, NODE_FOLDER), { signal, maxEntries: MAX_NODE_FILES });
  if (node === undefined) return all;
  return { ...all, entries: Math.max(0, all.entries - Math.min(node.entries + 1, MAX_NODE_FILES)) };
}

/** It is this user's, whom the module runs as too, and its modes keep this process out. */
async function isClosed(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return (
    stats?.isDirectory() === true &&
    stats.uid === process.getuid?.() &&
    (stats.mode & OPEN_MODE) !== OPEN_MODE
  );
}
