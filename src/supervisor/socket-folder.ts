import { createHash } from "node:crypto";
import { chmod, lstat, mkdir, rm } from "node:fs/promises";
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

/**
 * Makes the folder with mode 0700 and empties it of what a killed host left there. The caller holds the lock of the
 * data directory, so nobody else uses it.
 * @throws SOCKET_DIR_UNUSABLE when the path is a link or belongs to somebody else
 */
export async function prepareSocketDir(socketDir: string): Promise<void> {
  await mkdir(socketDir, { recursive: true, mode: 0o700 });
  const found = await lstat(socketDir);
  const isForeign = process.getuid !== undefined && found.uid !== process.getuid();
  if (!found.isDirectory() || isForeign) {
    throw supervisorErrors.SOCKET_DIR_UNUSABLE({
      socketDir,
      reason: found.isDirectory() ? `it belongs to user ${found.uid}` : "it is no directory",
    });
  }
  await chmod(socketDir, 0o700);
}

/** Removes what is left of a module's door folder of an earlier host; best effort. */
export async function removeSocketDir(socketDir: string): Promise<void> {
  await rm(socketDir, { recursive: true, force: true });
}
