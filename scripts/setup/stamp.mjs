// @ts-check
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Hashes the names and contents of files and whole folders. Contents, not times: a checkout that changes back
 * and forth needs no work, and an edit within a clock tick is seen. 300 source files cost about 15 ms.
 * @param {string} root
 * @param {string[]} entries files or folders, relative to `root`; a missing one counts as such
 * @param {string} [salt] whatever else the result depends on
 * @returns {string}
 */
export function fingerprint(root, entries, salt = "") {
  const hash = createHash("sha256").update(salt);
  for (const entry of entries) addEntry(hash, root, entry);
  return hash.digest("hex");
}

/**
 * @param {import("node:crypto").Hash} hash
 * @param {string} root
 * @param {string} entry
 */
function addEntry(hash, root, entry) {
  const content = readEntry(join(root, entry));
  if (content === undefined) {
    hash.update(`\0missing ${entry}\0`);
  } else if (content instanceof Uint8Array) {
    hash.update(`\0file ${entry} ${content.length}\0`).update(content);
  } else {
    for (const name of content.sort()) addEntry(hash, root, `${entry}/${name}`);
  }
}

/**
 * @param {string} path
 * @returns {Uint8Array | string[] | undefined} a file's bytes, a folder's names, or nothing
 */
function readEntry(path) {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = /** @type {NodeJS.ErrnoException} */ (error).code;
    if (code === "EISDIR") return readdirSync(path);
    if (code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * @param {string} file
 * @returns {string | undefined} what `writeStamp` wrote, or undefined when there is no whole stamp
 */
export function readStamp(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * Writes a stamp whole or not at all. Callers write it last: its presence says that the work was finished.
 * @param {string} file
 * @param {string} value
 */
export function writeStamp(file, value) {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, value);
  renameSync(temporary, file);
}
