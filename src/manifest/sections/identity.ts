import { moduleNameProblem, moduleNameRule } from "../module-name.js";
import { isModuleVersion, moduleVersionRule } from "../module-version.js";
import { showValue } from "../show-value.js";
import type { TableReader } from "../table-reader.js";

const maxPathChars = 1024;

/** Reads `name`. Fault: BAD_NAME. */
export function readName(root: TableReader): string | undefined {
  const name = root.value("name");
  const problem = typeof name === "string" ? moduleNameProblem(name) : "no text";
  if (typeof name === "string" && problem === undefined) return name;
  const found = name === undefined ? "nothing" : `${problem} in ${showValue(name)}`;
  root.refuse("BAD_NAME", "name", { found, allowed: moduleNameRule, remedy: "rename it" });
  return undefined;
}

/** Reads `version`. Fault: BAD_VERSION. */
export function readVersion(root: TableReader): string | undefined {
  const version = root.value("version");
  if (typeof version === "string" && isModuleVersion(version)) return version;
  root.refuse("BAD_VERSION", "version", {
    found: showValue(version),
    allowed: moduleVersionRule,
    remedy: 'write for example version = "1.0.0"',
  });
  return undefined;
}

/** Reads `entry_point`; undefined when there is none. Fault: BAD_ENTRY_POINT. */
export function readEntryPoint(root: TableReader): string | undefined {
  const entryPoint = root.value("entry_point");
  if (entryPoint === undefined) return undefined;
  if (typeof entryPoint === "string" && isInnerPath(entryPoint)) return entryPoint;
  root.refuse("BAD_ENTRY_POINT", "entry_point", {
    found: showValue(entryPoint),
    allowed: `a relative path, at most ${maxPathChars} characters, without .. and control characters`,
    remedy: "name the file to run, or leave the key out if the file is called like the module",
  });
  return undefined;
}

function isInnerPath(path: string): boolean {
  if (path.length > maxPathChars || path.includes("..") || /^[/\\]|^[A-Za-z]:|\p{Cc}/u.test(path))
    return false;
  return path.split("/").some((part) => part !== "" && part !== ".");
}
