import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * True when a program that tests need is not on PATH: `describe.skipIf(isMissing("setpriv", "util-linux"))(…)`.
 * The reason is printed. In CI it throws instead, so that a machine set up wrongly fails.
 */
export function isMissing(program: string, debianPackage: string): boolean {
  if (isOnPath(program)) return false;
  const found = `${program} is not on PATH; install the Debian package ${debianPackage}`;
  if (process.env.CI) throw new Error(`${found} (skipping is not allowed in CI)`);
  process.stderr.write(`skipped: ${found}\n`);
  return true;
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
