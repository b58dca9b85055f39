import Range from "semver/classes/range.js";
import { semverText } from "./module-version.js";
import { normaliseRange } from "./range-syntax.js";

const maxRangeChars = 256;

/** Which versions fit, as a manifest writes it. */
export interface VersionRange {
  /** As written, for messages. */
  readonly text: string;
  /** Whether a module version fits. Never throws. */
  includes(version: string): boolean;
}

/** The syntax of version ranges in words, for messages and documentation. */
export const versionRangeRule =
  "versions with >=, >, <=, <, =, ^ or ~, or 1.x, 1.2.* or *, joined with commas or spaces; || between alternatives";

/**
 * Reads a version range as npm and cargo write them, at most 256 characters.
 *
 * Commas and spaces mean "and", `||` means "or", `1.0 - 2.0` runs from the one to the other. `=` and `==` are
 * the same, so are `~` and `~>`; a leading `v` has no meaning; nothing at all and `*` fit every version.
 *
 * A bare version is that version alone (npm's meaning, and what nodes compare), not cargo's `^`: who depends on a
 * bare version has named what he tested. A part that is left out or a wildcard may be anything (`1.2` is any
 * 1.2.x, `>1.2` begins with 1.3), but counts as 0 where a range begins or ends at it (`>=1.2`, `^1.2`, `<2`).
 *
 * Pre-releases take part in full semver order, unlike npm's habit of hiding them: a node that runs 2.0.0-rc.1
 * satisfies `>=1.0.0`, and `<2.0.0` too, because it comes before 2.0.0. `^1.0.0`, `~1.9.0` and `1.x` mean one
 * line of versions and never reach the pre-releases of the next.
 *
 * @returns the range, or a text that says what is wrong.
 */
export function parseVersionRange(text: string): VersionRange | string {
  if (text.length > maxRangeChars) return `${text.length} characters, more than ${maxRangeChars}`;
  const normal = normaliseRange(text);
  if (typeof normal !== "string") return normal.problem;
  const range = new Range(normal, { includePrerelease: true });
  return {
    text,
    includes(version: string) {
      const strict = semverText(version);
      return strict !== undefined && range.test(strict);
    },
  };
}
