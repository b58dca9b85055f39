import { randomBytes } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { errorMessage } from "../../errors.js";
import { httpErrors } from "../errors.js";

const COOKIE_USER = "__cookie__";
const SECRET_BYTES = 32;

/** A user and password that only who may read the data directory knows. They are new with each start. */
export interface CookieFile {
  readonly path: string;
  /** `user:password`, as HTTP Basic has it. */
  readonly secret: string;
  /** Removes the file unless somebody else's stands there by now. Never rejects. */
  remove(): Promise<void>;
}

/** Where a host of this data directory keeps its cookie. */
export function cookiePath(dataDir: string): string {
  return join(dataDir, ".cookie");
}

/**
 * Writes `<data_dir>/.cookie` (mode 0600) as a whole: a reader sees the old one, the new one, or none. What a killed host
 * left is replaced; the caller holds the directory's lock.
 * @throws HTTP_COOKIE_UNWRITABLE
 */
export async function writeCookieFile(dataDir: string): Promise<CookieFile> {
  const path = cookiePath(dataDir);
  const temporary = `${path}.${process.pid}.tmp`;
  const secret = `${COOKIE_USER}:${randomBytes(SECRET_BYTES).toString("hex")}`;
  try {
    await rm(temporary, { force: true });
    await writeNew(temporary, secret);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw httpErrors.HTTP_COOKIE_UNWRITABLE({ file: path, reason: errorMessage(cause) }, { cause });
  }
  return {
    path,
    secret,
    async remove() {
      // One that can't be read is ours all the same: nobody else writes here while the lock is held.
      const current = await readFile(path, "utf8").catch(() => secret);
      // One that stays is worth nothing any more.
      if (current === secret) await rm(path, { force: true }).catch(() => {});
    },
  };
}

/** The file must not exist: nobody's link is followed, and nobody's mode is kept. */
async function writeNew(path: string, text: string): Promise<void> {
  await using file = await open(path, "wx", 0o600);
  await file.writeFile(text);
}
