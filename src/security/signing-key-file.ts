import { constants } from "node:fs";
import { open, rm } from "node:fs/promises";
import { errorCode, errorMessage } from "../errors.js";
import { securityErrors } from "./errors.js";
import { parseSigningKey, type SigningKey } from "./signing-key.js";

const maxFileBytes = 1024;

/**
 * Writes a private key to a new file that only its owner may read. A file that exists is never touched, and one that
 * could not be written whole is removed.
 * @throws BAD_KEY_FILE
 */
export async function writeSigningKey(file: string, { secret }: SigningKey): Promise<void> {
  try {
    await using handle = await open(file, "wx", 0o600);
    try {
      await handle.writeFile(`${secret}\n`);
      await handle.sync();
    } catch (error) {
      // On a full disk; half a key would only stand in the way of the next attempt.
      await rm(file, { force: true });
      throw error;
    }
  } catch (cause) {
    const [found, remedy] =
      errorCode(cause) === "EEXIST"
        ? ["a file that exists", "name a new file, this one may hold a key"]
        : [`a file that can't be written (${errorMessage(cause)})`, "name a file in a folder of yours"];
    throw securityErrors.BAD_KEY_FILE({ file, found, remedy }, { cause });
  }
}

/**
 * Reads a private key. Never reads more than 1 KiB, and never waits on a pipe.
 * @throws BAD_KEY_FILE, without a word of what the file holds
 */
export async function readSigningKey(file: string): Promise<SigningKey> {
  const refused = (found: string, remedy: string, cause?: unknown) =>
    securityErrors.BAD_KEY_FILE({ file, found, remedy }, { cause });
  let text: string;
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (!stats.isFile()) throw refused("no regular file", "name the key file");
    if ((stats.mode & 0o077) !== 0) throw refused("a file that others may read", "run chmod 600 on it");
    const buffer = Buffer.alloc(maxFileBytes);
    const { bytesRead } = await handle.read(buffer, 0, maxFileBytes, 0);
    text = buffer.toString("latin1", 0, bytesRead);
  } catch (cause) {
    if (errorCode(cause) === "BAD_KEY_FILE") throw cause;
    throw refused(`a file that can't be read (${errorMessage(cause)})`, "correct --key", cause);
  }
  const key = parseSigningKey(text.trim());
  if (key === undefined) throw refused("no private key", "make one with `blvm-streams modules keygen`");
  return key;
}
