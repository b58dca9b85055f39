import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, realpath } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { errorCode } from "../../errors.js";
import { streamErrors } from "../errors.js";

const MAX_PATH_CHARS = 500;
const MAX_PART_CHARS = 200;
const OPEN_FLAGS =
  constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** What is wrong with a path of a sink's options; undefined for one that stays below the folder for files. */
export function pathProblem(path: string): string | undefined {
  if (path.startsWith("/") || path.includes("\\")) return "a path that is not relative";
  if (path.includes("\0")) return "a path with a null character";
  if (path.length > MAX_PATH_CHARS) return `a path of ${path.length} characters`;
  const parts = path.split("/");
  if (parts.includes("..")) return "a path with .. in it";
  if (parts.some((part) => part === "" || part === ".")) return "a path with an empty part";
  if (parts.some((part) => part.length > MAX_PART_CHARS)) return "a path with too long a part";
  return undefined;
}

/**
 * Makes the folders on the way to a file, mode 0700, and resolves to its absolute path without links.
 * @throws SINK_FILE_REFUSED for a link or a file on the way; the system's errors
 */
export async function placeOf(filesDir: string, path: string): Promise<string> {
  const problem = pathProblem(path);
  if (problem !== undefined) throw streamErrors.SINK_FILE_REFUSED({ path, found: problem });
  await mkdir(filesDir, { recursive: true, mode: 0o700 });
  let folder = await realpath(filesDir);
  const parts = path.split("/");
  const name = parts.pop() ?? "";
  for (const part of parts) {
    folder = join(folder, part);
    await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
      if (errorCode(error) !== "EEXIST") throw error;
    });
    if (!(await lstat(folder)).isDirectory())
      throw streamErrors.SINK_FILE_REFUSED({ path, found: `no folder at ${part}` });
  }
  return join(folder, name);
}

/**
 * Opens a place for appending, mode 0600; makes it where it is missing. The caller closes it.
 * @throws SINK_FILE_REFUSED for anything but a file of its own; the system's errors
 */
export async function openPlace(place: string): Promise<FileHandle> {
  // Looked at before, so that nothing is made elsewhere, and after, for what changed between.
  await requireNoLinks(place);
  let handle: FileHandle;
  try {
    handle = await open(place, OPEN_FLAGS, 0o600);
  } catch (error) {
    const found = { ELOOP: "a link", EISDIR: "a folder", ENXIO: "a socket or a pipe" }[
      errorCode(error) ?? ""
    ];
    if (found === undefined) throw error;
    throw streamErrors.SINK_FILE_REFUSED({ path: place, found });
  }
  try {
    const { nlink } = await requireFile(handle, place);
    if (nlink > 1) throw streamErrors.SINK_FILE_REFUSED({ path: place, found: "a file with several names" });
    await requireNoLinks(place);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function requireNoLinks(place: string): Promise<void> {
  const folder = dirname(place);
  if ((await realpath(folder)) !== folder)
    throw streamErrors.SINK_FILE_REFUSED({ path: place, found: "a link on the way" });
}

async function requireFile(handle: FileHandle, place: string): Promise<{ readonly nlink: number }> {
  const stat = await handle.stat();
  if (!stat.isFile())
    throw streamErrors.SINK_FILE_REFUSED({
      path: place.split(sep).at(-1) ?? place,
      found: "no regular file",
    });
  return stat;
}
