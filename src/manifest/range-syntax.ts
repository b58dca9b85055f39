import { strictPrerelease } from "./module-version.js";
import { showValue } from "./show-value.js";

const maxPart = 0xffff_ffff;
const operators = "~>|>=|<=|==|[<>=~^]";
const number = "\\d+|[xX*]";
const identifiers = "[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*";
const version = `v?(?:${number})(?:\\.(?:${number}))?(?:\\.(?:${number}))?(?:-${identifiers})?(?:\\+${identifiers})?`;
const comparatorForm = new RegExp(
  `^(${operators})?v?(${number})(?:\\.(${number}))?(?:\\.(${number}))?(?:-(${identifiers}))?(?:\\+${identifiers})?$`,
);
const hyphenForm = new RegExp(`^(${version})\\s+-\\s+(${version})$`);
const operatorGap = new RegExp(`(${operators})\\s+(?=[v\\dxX*])`, "g");

/** What keeps a text from being a version range. */
export interface RangeProblem {
  readonly problem: string;
}

/** Rewrites a range of npm's or cargo's syntax as one that `semver` reads the same way, with full versions. */
export function normaliseRange(text: string): string | RangeProblem {
  if (/[^\x20-\x7e\t]/.test(text))
    return { problem: `${showValue(text)} with characters that no version has` };
  if (text.trim() === "") return "*";
  const alternatives: string[] = [];
  for (const alternative of text.split("||")) {
    const normal = normaliseAlternative(alternative);
    if (typeof normal !== "string") return normal;
    alternatives.push(normal);
  }
  return alternatives.join(" || ");
}

function normaliseAlternative(text: string): string | RangeProblem {
  const comparators: string[] = [];
  for (const part of text.split(",")) {
    const trimmed = part.trim();
    if (trimmed === "") return { problem: "nothing beside a comma or ||" };
    const hyphen = hyphenForm.exec(trimmed);
    const words = hyphen === null ? wordsOf(trimmed) : [`>=${hyphen[1]}`, `<=${hyphen[2]}`];
    for (const word of words) {
      const normal = normaliseComparator(word);
      if (typeof normal !== "string") return normal;
      comparators.push(normal);
    }
  }
  return comparators.join(" ");
}

function wordsOf(text: string): string[] {
  return text.replace(operatorGap, "$1").split(/\s+/);
}

function normaliseComparator(text: string): string | RangeProblem {
  const match = comparatorForm.exec(text);
  if (match === null) return { problem: `${showValue(text)}, which is no version with an operator` };
  const [, written = "", ...rest] = match;
  const parts = rest.slice(0, 3).map(numberOf);
  if (parts.some((part) => part !== undefined && part > maxPart)) {
    return { problem: `${showValue(text)} with a number above ${maxPart}` };
  }
  const [major, minor, patch] = parts;
  const isGapped =
    (major === undefined && minor !== undefined) || (minor === undefined && patch !== undefined);
  if (isGapped) return { problem: `${showValue(text)} with a number after a wildcard` };
  const prerelease = strictPrerelease(rest[3]);
  if (prerelease !== "" && (minor === undefined || /[xX*]/.test(rest[2] ?? ""))) {
    return { problem: `${showValue(text)} with a pre-release of no certain version` };
  }
  const operator = written === "==" ? "=" : written === "~>" ? "~" : written;
  if (major === undefined && operator !== ">" && operator !== "<") return "*";
  const full = `${major ?? 0}.${minor ?? 0}.${patch ?? 0}${prerelease}`;
  if (prerelease !== "" || patch !== undefined) return `${operator}${full}`;
  const line = [major ?? "*", minor, patch].filter((part) => part !== undefined).join(".");
  switch (operator) {
    case ">=":
    case "<":
      return `${operator}${full}`;
    case "^":
    case "~":
      // The lower bound is said twice: semver alone would let in the pre-releases of the line's first version.
      return `>=${full} ${operator}${line}`;
    default:
      return `${operator}${line}`;
  }
}

function numberOf(part: string | undefined): number | undefined {
  return part === undefined || /^[xX*]$/.test(part) ? undefined : Number(part);
}
