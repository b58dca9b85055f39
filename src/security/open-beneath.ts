import { constants, existsSync } from "node:fs";
import { type FileHandle, open, opendir } from "node:fs/promises";
import { join } from "node:path";

/** An open file or folder and the path that it was reached by; whoever opened it closes it. */
export interface Opened extends AsyncDisposable {
  readonly handle: FileHandle;
  readonly path: string;
}

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;
/** Without it (not on Linux) a folder that is replaced by a link between two looks is followed. */
export const hasDescriptorPaths = existsSync("/proc/self/fd");

/** Opens a folder to start from; links on the way to it are followed. */
async function openRoot(path: string): Promise<Opened> {
  return opened(await open(path, O_RDONLY | O_DIRECTORY), path);
}

/** Opens a folder to start from, which must not be a link itself (ENOTDIR); links on the way to it are followed. */
export async function openFolder(path: string): Promise<Opened> {
  return opened(await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path);
}

/** Opens the folder `name` in an open folder. Anything else is refused with ENOTDIR, a link too, and is not opened. */
export async function folderIn(folder: Opened, name: string): Promise<Opened> {
  const flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK;
  return opened(await open(pathIn(folder, name), flags), join(folder.path, name));
}

/**
 * Opens what `name` is in an open folder: never through a link (ELOOP), never waiting on a pipe. What it is,
 * the caller learns from `handle.stat()`. `name` is a single part of a path.
 */
export async function openIn(folder: Opened, name: string): Promise<Opened> {
  const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  return opened(await open(pathIn(folder, name), flags), join(folder.path, name));
}

/** Opens what lies at `parts` below a folder, part by part, each as {@link openIn} does. */
export async function openBeneath(directory: string, parts: readonly string[]): Promise<Opened> {
  let current = await openRoot(directory);
  for (const part of parts) {
    await using folder = current;
    current = await openIn(folder, part);
  }
  return current;
}

/** The names in an open folder, in no order; reading stops after `max` of them. */
export function namesIn(folder: Opened, max: number): Promise<readonly string[]> {
  return readNames(folder, max, "utf8");
}

/** As {@link namesIn}, each byte of a name as one character: a name that is no UTF-8 stays what it is. */
export function byteNamesIn(folder: Opened, max: number): Promise<readonly string[]> {
  return readNames(folder, max, "latin1");
}

async function readNames(folder: Opened, max: number, encoding: BufferEncoding): Promise<readonly string[]> {
  const path = hasDescriptorPaths ? descriptorPath(folder) : folder.path;
  const names: string[] = [];
  for await (const { name } of await opendir(path, { encoding, bufferSize: 256 })) {
    names.push(name);
    if (names.length >= max) break;
  }
  return names;
}

/** The way to `name` through an open folder: wherever the folder went meanwhile, and whatever stands in its place. */
export function pathIn(folder: Opened, name: string): string {
  return hasDescriptorPaths ? `${descriptorPath(folder)}/${name}` : join(folder.path, name);
}

export function opened(handle: FileHandle, path: string): Opened {
  // What was only read loses nothing when its close fails, and what was opened behind it must not get lost over that.
  return { handle, path, [Symbol.asyncDispose]: () => handle.close().catch(() => {}) };
}

function descriptorPath({ handle }: Opened): string {
  return `/proc/self/fd/${handle.fd}`;
}
