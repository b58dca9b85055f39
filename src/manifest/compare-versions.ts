import compare from "semver/functions/compare.js";
import { semverText } from "./module-version.js";

/**
 * Orders two module versions by semver: pre-releases before their release, build text without meaning, an
 * absent patch is 0. A text that is no module version stands before all versions; two of those are equal.
 * @returns below 0 when `a` is older, above 0 when it is newer, 0 when neither.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [semverText(a), semverText(b)];
  if (left === undefined || right === undefined) {
    return Number(left !== undefined) - Number(right !== undefined);
  }
  return compare(left, right);
}
