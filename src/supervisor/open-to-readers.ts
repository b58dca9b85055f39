import { chmod, lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/**
 * Lets everybody read a tree that is the host's own and that nobody else writes to: folders get mode 0755, files 0644, or
 * 0755 where their owner may run them. Links are left alone. Whether anybody gets to the tree is another matter.
 */
export async function openToReaders(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const { name } of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, name);
    const stats = await lstat(path);
    if (stats.isDirectory()) await openToReaders(path);
    else if (stats.isFile()) await chmod(path, (stats.mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}
