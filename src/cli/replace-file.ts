import { randomBytes } from "node:crypto";
import { open, rename, rm, stat } from "node:fs/promises";

/**
 * Gives an existing file new content as a whole, with the mode that it had: a reader, or a power failure, sees
 * the old content or the new one. Leaves nothing behind when it fails.
 */
export async function replaceFile(path: string, content: string): Promise<void> {
  const { mode } = await stat(path);
  const temporary = `${path}.${randomBytes(8).toString("hex")}.tmp`;
  try {
    await writeDurably(temporary, content, mode & 0o777);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

async function writeDurably(path: string, content: string, mode: number): Promise<void> {
  await using file = await open(path, "wx", 0o600);
  await file.writeFile(content);
  await file.chmod(mode);
  await file.sync();
}
