import { createHash } from "node:crypto";
import { chmod, lstat, readdir, rm, rmdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorCode, errorMessage } from "../errors.js";
import { makePassage, passageMode } from "../sandbox/index.js";
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
 * Makes the folder with mode 0700 (as root 0711: each door in it has a folder of its own) where it is missing and touches nothing that is not its own. `isDefault`: nobody
 * chose this folder, so no other host uses it, and the doors that a killed host left are cleared; and it must be this
 * user's own, for it may lie where others can write.
 * @returns whether the folder was made
 * @throws SOCKET_DIR_UNUSABLE
 */
export async function prepareSocketDir(socketDir: string, isDefault: boolean): Promise<boolean> {
  let made: string | undefined;
  try {
    made = await makePassage(socketDir);
    const problem = await folderProblem(socketDir, isDefault);
    if (problem !== undefined) throw supervisorErrors.SOCKET_DIR_UNUSABLE({ socketDir, reason: problem });
    if (isDefault) {
      // It may stem from a host of an older version.
      await chmod(socketDir, passageMode());
      await clearDoors(socketDir);
    }
    return made !== undefined;
  } catch (cause) {
    if (made !== undefined) await removeSocketDir(socketDir);
    if (errorCode(cause) === "SOCKET_DIR_UNUSABLE") throw cause;
    throw supervisorErrors.SOCKET_DIR_UNUSABLE({ socketDir, reason: errorMessage(cause) }, { cause });
  }
}

async function folderProblem(socketDir: string, isDefault: boolean): Promise<string | undefined> {
  // A link is followed only where the operator put it.
  const found = await (isDefault ? lstat(socketDir) : stat(socketDir));
  if (!found.isDirectory()) return "it is no directory";
  const isForeign = isDefault && process.getuid !== undefined && found.uid !== process.getuid();
  return isForeign ? `it belongs to user ${found.uid}` : undefined;
}

async function clearDoors(socketDir: string): Promise<void> {
  for (const name of await readdir(socketDir)) {
    if (DOOR_FOLDER.test(name)) await rm(join(socketDir, name), { recursive: true, force: true });
  }
}

/** Removes the folder if it is empty; best effort. */
export async function removeSocketDir(socketDir: string): Promise<void> {
  await rmdir(socketDir).catch(() => {});
}
