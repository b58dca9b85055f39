import { constants, type Stats } from "node:fs";
import { lstat, mkdir, open, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { type Opened, opened, pathIn } from "./open-beneath.js";

// Each of these reaches a name through an open folder. None follows a link that the name may be.

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** What `name` is in an open folder; of a link, the link itself. Nothing is opened. */
export function statIn(folder: Opened, name: string): Promise<Stats> {
  return lstat(pathIn(folder, name));
}

/** Makes a folder (mode 0700) in an open folder; EEXIST when there is anything of that name. */
export async function makeFolderIn(folder: Opened, name: string): Promise<void> {
  await mkdir(pathIn(folder, name), 0o700);
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
