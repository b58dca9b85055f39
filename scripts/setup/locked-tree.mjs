// @ts-check
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, os?: string[], cpu?: string[], libc?: string[], link?: boolean }} LockedPackage
 * @typedef {Record<string, LockedPackage>} LockedPackages
 */

/**
 * True when npm's own record of what it put into `node_modules`, which it writes as its last step, names the
 * packages of package-lock.json: each at its version, none more, and none less but optional ones of other machines.
 * @param {string} folder
 * @returns {boolean}
 */
export function isLockedTree(folder) {
  const locked = readPackages(join(folder, "package-lock.json"));
  const present = readPackages(join(folder, "node_modules/.package-lock.json"));
  if (locked === undefined || present === undefined) return false;
  for (const [path, entry] of Object.entries(locked)) {
    if (path === "") continue;
    const found = present[path];
    if (found === undefined ? !isDispensable(entry) : found.version !== entry.version) return false;
  }
  return Object.keys(present).every((path) => path in locked);
}

/**
 * @param {string} file
 * @returns {LockedPackages | undefined}
 */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
}

/**
 * Optional packages are native builds, each for a kind of machine, and what only such builds need, which names
 * no machine. Of these, the builds for this machine have to be there.
 * @param {LockedPackage} entry
 */
function isDispensable({ optional, os, cpu, libc }) {
  if (optional !== true) return false;
  const isForThisMachine =
    os?.includes(process.platform) && cpu?.includes(process.arch) && libc === undefined;
  return isForThisMachine !== true;
}
