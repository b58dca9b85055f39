#!/usr/bin/env node
// @ts-check
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * @typedef {{ version?: string, cpu?: string[], dev?: boolean, libc?: string[], license?: string, optional?: boolean,
 *   os?: string[], optionalDependencies?: Record<string, string> }} LockedPackage
 * @typedef {{ path: string, entry: LockedPackage }} MissingPackage
 */

/**
 * The optional packages that a lock file's packages ask for but that it doesn't hold.
 *
 * A registry mirror that lacks the native builds of other systems makes `npm install` leave them out, and then
 * `npm ci` refuses the lock file on every machine. Their versions are pinned by the packages that ask for them,
 * and their names tell the system they are for, so that npm skips them elsewhere without asking the registry.
 * @param {Record<string, LockedPackage>} packages the lock file's table, path → package
 * @returns {MissingPackage[]}
 */
export function missingOptionalPackages(packages) {
  /** @type {MissingPackage[]} */
  const missing = [];
  for (const [parentPath, parent] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      if (resolveFrom(packages, parentPath, name)) continue;
      if (!/^\d+\.\d+\.\d+/.test(version))
        throw new Error(`${parentPath} asks for ${name} ${version}, not for one exact version`);
      const entry = {
        version,
        ...system(name),
        ...(parent.dev === true ? { dev: true } : {}),
        optional: true,
      };
      missing.push({ path: `node_modules/${name}`, entry });
    }
  }
  return missing;
}

/**
 * @param {Record<string, LockedPackage>} packages
 * @param {string} from
 * @param {string} name
 * @returns {boolean} whether Node would find `name` from the package at `from`
 */
function resolveFrom(packages, from, name) {
  const inside = `${from === "" ? "" : `${from}/`}node_modules/${name}`;
  if (inside in packages) return true;
  return (
    from !== "" && resolveFrom(packages, from.slice(0, Math.max(0, from.lastIndexOf("/node_modules/"))), name)
  );
}

const OSES = [
  "aix",
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
];
const CPUS = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

/**
 * @param {string} name such as `@scope/binding-linux-arm64-musl`
 * @returns {Pick<LockedPackage, "cpu" | "libc" | "os">}
 */
function system(name) {
  const words = name.split(/[-/]/);
  const os = words.filter((word) => OSES.includes(word));
  const cpu = words.filter((word) => CPUS.includes(word));
  if (os.length + cpu.length === 0) throw new Error(`the name ${name} doesn't tell which system it is for`);
  const libc = words.includes("musl") ? ["musl"] : words.includes("gnu") ? ["glibc"] : [];
  return {
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(libc.length > 0 ? { libc } : {}),
    ...(os.length > 0 ? { os } : {}),
  };
}

/** Adds the missing packages to package-lock.json; run it after `npm install` changed that file. */
function completeLockFile() {
  const file = fileURLToPath(new URL("../../package-lock.json", import.meta.url));
  const lock = JSON.parse(readFileSync(file, "utf8"));
  const missing = missingOptionalPackages(lock.packages);
  for (const { path, entry } of missing) lock.packages[path] = entry;
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en"));
  lock.packages = Object.fromEntries(sorted);
  if (missing.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${missing.length} packages added to package-lock.json\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) completeLockFile();
