import { constants, existsSync } from "node:fs";
import { type FileHandle, open, opendir } from "node:fs/promises";
import { join } from "node:path";

/** An open file or folder and the path that it was reached by; whoever opened it closes it. */
export interface Opened extends AsyncDisposable {
  readonly handle: FileHandle;
  readonly path: string;
}

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;
// Without it (not on Linux) a folder that is replaced by a link between two looks is followed.
const hasDescriptorPaths = existsSync("/proc/self/fd");

/** Opens a folder to start from; links on the way to it are followed. */
async function openRoot(path: string): Promise<Opened> {
  return opened(await open(path, O_RDONLY | O_DIRECTORY), path);
}

/**
 * Opens what `name` is in an open folder: never through a link (ELOOP), never waiting on a pipe. What it is,
 * the caller learns from `handle.stat()`. `name` is a single part of a path.
 */
export async function openIn(folder: Opened, name: string): Promise<Opened> {
  const path = join(folder.path, name);
  const reached = hasDescriptorPaths ? `${descriptorPath(folder)}/${name}` : path;
  return opened(await open(reached, O_RDONLY | O_NOFOLLOW | O_NONBLOCK), path);
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
export async function namesIn(folder: Opened, max: number): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of await opendir(hasDescriptorPaths ? descriptorPath(folder) : folder.path)) {
    names.push(name);
    if (names.length >= max) break;
  }
  return names;
}

function opened(handle: FileHandle, path: string): Opened {
  // What was only read loses nothing when its close fails, and what was opened behind it must not get lost over that.
  return { handle, path, [Symbol.asyncDispose]: () => handle.close().catch(() => {}) };
}

function descriptorPath({ handle }: Opened): string {
  return `/proc/self/fd/${handle.fd}`;
}
