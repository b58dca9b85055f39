import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * True when a program that tests need is nowhere to be found: `describe.skipIf(isMissing("setpriv", "util-linux"))(…)`.
 * The reason is printed. In CI it throws instead, so that a machine set up wrongly fails.
 */
export function isMissing(program: string, debianPackage: string): boolean {
  if (findTool(program) !== undefined) return false;
  const found = `${program} is neither on PATH nor in /usr/sbin; install the Debian package ${debianPackage}`;
  if (process.env.CI) throw new Error(`${found} (skipping is not allowed in CI)`);
  process.stderr.write(`skipped: ${found}\n`);
  return true;
}

/** Where servers are installed, which ordinary users don't have on their PATH. */
const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** Where a program is: on PATH, or where servers are installed; undefined when nowhere. */
export function findTool(
  program: string,
  path: string = process.env.PATH ?? "",
  systemFolders: readonly string[] = SYSTEM_FOLDERS,
): string | undefined {
  const folders = [...path.split(delimiter), ...systemFolders];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
