import { createHash } from "node:crypto";
import { lstat, mkdir, readdir, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { supervisorErrors } from "./errors.js";

/** sun_path less "/<12 hex>/node.sock". */
const MAX_FOLDER_BYTES = 100 - "/0123456789ab/node.sock".length;

/**
 * Where modules' sockets go when the configuration doesn't say: inside the data directory, or, when its path is too
 * long for a socket, in a folder for temporary files that belongs to this data directory alone.
 */
export function defaultSocketDir(dataDir: string): string {
  const inside = join(dataDir, ".sockets");
  if (Buffer.byteLength(inside) <= MAX_FOLDER_BYTES) return inside;
  const digest = createHash("sha256").update(dataDir).digest("hex").slice(0, 16);
  return join(tmpdir(), `blvm-streams-${process.getuid?.() ?? 0}-${digest}`);
}

/** A module's door inside the folder: what PathDoor makes. */
const DOOR_FOLDER = /^[0-9a-f]{12}$/;

/**
 * Makes the folder with mode 0700 where it is missing and touches nothing that is not its own. `isDefault`: nobody chose this
 * folder, so no other host uses it, and the doors that a killed host left are cleared; and it must be this user's own,
 * for it may lie where others can write.
 * @returns whether the folder was made
 * @throws SOCKET_DIR_UNUSABLE
 */
export async function prepareSocketDir(socketDir: string, isDefault: boolean): Promise<boolean> {
  const made = await mkdir(socketDir, { recursive: true, mode: 0o700 });
  const found = await lstat(socketDir);
  const isForeign = isDefault && process.getuid !== undefined && found.uid !== process.getuid();
  const isFolder = found.isDirectory() || (!isDefault && found.isSymbolicLink());
  if (!isFolder || isForeign) {
    throw supervisorErrors.SOCKET_DIR_UNUSABLE({
      socketDir,
      reason: isForeign ? `it belongs to user ${found.uid}` : "it is no directory",
    });
  }
  for (const name of await readdir(socketDir)) {
    if (isDefault && DOOR_FOLDER.test(name))
      await rm(join(socketDir, name), { recursive: true, force: true });
  }
  return made !== undefined;
}

/** Removes the folder if it is empty; best effort. */
export async function removeSocketDir(socketDir: string): Promise<void> {
  await rmdir(socketDir).catch(() => {});
}
