import { constants, type Stats } from "node:fs";
import { lstat, mkdir, open, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { folderIn, type Opened, opened, pathIn } from "./open-beneath.js";

// Each of these reaches a name through an open folder. None follows a link that the name may be.

const ROOT = 0;
const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** What `name` is in an open folder; of a link, the link itself. Nothing is opened. */
export function statIn(folder: Opened, name: string): Promise<Stats> {
  return lstat(pathIn(folder, name));
}

/** Makes a folder (mode 0700) of the owner of an open folder in it; EEXIST when there is anything of that name. */
export async function makeFolderIn(folder: Opened, name: string): Promise<void> {
  await mkdir(pathIn(folder, name), 0o700);
  if (process.getuid?.() !== ROOT) return;
  await using made = await folderIn(folder, name);
  await inheritOwner(folder, made);
}

/**
 * Gives what root made in somebody's folder to the owner of that folder, who could not use it otherwise. Whoever isn't
 * root makes everything as himself, and can't give it away. `made` is open: it is what changes hands, whatever has its
 * name by now.
 */
export async function inheritOwner(folder: Opened, made: Opened): Promise<void> {
  if (process.getuid?.() !== ROOT) return;
  const [{ uid, gid }, own] = await Promise.all([folder.handle.stat(), made.handle.stat()]);
  if (own.uid === ROOT && uid !== ROOT) await made.handle.chown(uid, gid);
}

/** Makes a file (mode 0600) in an open folder and opens it for writing; EEXIST when there is anything of that name. */
export async function createIn(folder: Opened, name: string): Promise<Opened> {
  const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
  return opened(await open(pathIn(folder, name), flags, 0o600), join(folder.path, name));
}

/** Gives a file of an open folder another name there. Whatever had it, a link too, is replaced; a folder is not. */
export function renameIn(folder: Opened, from: string, to: string): Promise<void> {
  return rename(pathIn(folder, from), pathIn(folder, to));
}

/** Removes a name from an open folder, a link itself too; EISDIR for a folder. */
export function removeIn(folder: Opened, name: string): Promise<void> {
  return unlink(pathIn(folder, name));
}
