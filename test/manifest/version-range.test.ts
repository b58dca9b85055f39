import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareVersions, parseVersionRange } from "../../src/manifest/index.js";

function fits(range: string, version: string): boolean {
  const parsed = parseVersionRange(range);
  if (typeof parsed === "string") throw new Error(`${range}: ${parsed}`);
  return parsed.includes(version);
}

describe("parseVersionRange", () => {
  it.each([
    [">=1.0.0,<2.0.0", "1.0 1.9.9 2.0.0-rc.1", "0.9.9 2.0.0 1.0.0-rc.1"],
    [">=1.0.0 <2.0.0", "1.0 1.9.9 2.0.0-rc.1", "0.9.9 2.0.0"],
    [" >= 1.0.0 , < 2.0.0 ", "1.0 1.9.9", "0.9.9 2.0.0"],
    [">=1.0.0", "1.0.0 1.0 3.5 2.0.0-rc.1 1.0.0+build", "0.9 1.0.0-rc.1"],
    ["<=2.0.0", "2.0 2.0.0-rc.1 0.0.1", "2.0.1"],
    [">1.2", "1.3 1.3.0-rc.1", "1.2 1.2.9"],
    ["<=1.2", "1.2.9 0.1", "1.3"],
    ["<1.2", "1.1.9", "1.2 1.2.1"],
    [">=1.2", "1.2", "1.2.0-rc.1 1.1.9"],
    ["=1.2.3", "1.2.3 1.2.3+b7", "1.2.4 1.2.3-rc.1"],
    ["==1.2.3", "1.2.3", "1.2.4"],
    ["1.2.3", "1.2.3", "1.2.4 1.2.3-rc.1 1.2.2"],
    ["v1.2.3", "1.2.3", "1.2.4"],
    ["1.2", "1.2 1.2.9 1.2.0-rc.1", "1.3 1.1"],
    ["1", "1.0 1.99 1.0.0-rc.1", "2.0 2.0.0-rc.1 0.9"],
    ["1.x", "1.0 1.99", "2.0 0.9"],
    ["1.2.*", "1.2 1.2.9", "1.3 1.1.9"],
    ["1.X.x", "1.5", "2.0"],
    ["*", "0.0.1-a 9.9", ""],
    ["", "0.0.1-a 9.9", ""],
    ["^1.2.3", "1.2.3 1.9", "1.2.2 2.0 2.0.0-rc.1"],
    ["^1.2", "1.2 1.9", "1.2.0-rc.1 2.0.0-rc.1"],
    ["^1", "1.0 1.9", "1.0.0-rc.1 2.0"],
    ["^0.2.3", "0.2.3 0.2.9", "0.3 0.2.2"],
    ["^0.0.3", "0.0.3", "0.0.4 0.0.2"],
    ["^0.0", "0.0 0.0.9", "0.1"],
    ["^0", "0.0 0.9", "1.0 1.0.0-rc.1"],
    ["~1.2.3", "1.2.3 1.2.9", "1.3 1.3.0-rc.1 1.2.2"],
    ["~>1.2.3", "1.2.9", "1.3"],
    ["~1.2", "1.2 1.2.9", "1.3"],
    ["~1", "1.0 1.9", "2.0"],
    ["^1.2.3-rc.2", "1.2.3-rc.2 1.2.3-rc.10 1.2.3 1.9", "1.2.3-rc.1 2.0"],
    ["=1.2-beta", "1.2.0-beta 1.2-beta", "1.2 1.2-alpha"],
    ["1.0 - 2.0", "1.0 2.0.9", "0.9 2.1"],
    ["<1.0 || >=2.0, <3.0", "0.5 2.5", "1.5 3.0"],
    ["<0", "", "0.0 1.0"],
    [">=4294967295.0.0", "4294967295.0.0", "4294967294.9.9"],
    ["=1.02.3-rc.01", "1.2.3-rc.1 01.2.3-rc.01", "1.2.3"],
  ])("%j includes %s, not %s", (range, inside, outside) => {
    const words = (text: string) => text.split(" ").filter((word) => word !== "");
    expect(words(inside).filter((version) => !fits(range, version))).toEqual([]);
    expect(words(outside).filter((version) => fits(range, version))).toEqual([]);
  });

  it.each([
    ["latest", '"latest", which is no version with an operator'],
    ["=>1.0", '"=>1.0", which is no version with an operator'],
    ["!=1.0", '"!=1.0", which is no version with an operator'],
    ["> =1.0", '">", which is no version with an operator'],
    ["1.2.3.4", '"1.2.3.4", which is no version with an operator'],
    ["1.2.3-", '"1.2.3-", which is no version with an operator'],
    [">=1.0<2.0", '">=1.0<2.0", which is no version with an operator'],
    ["git+https://host/x", '"git+https://host/x", which is no version with an operator'],
    [",", "nothing beside a comma or ||"],
    [">=1.0,", "nothing beside a comma or ||"],
    ["1.0 ||", "nothing beside a comma or ||"],
    ["1.*.3", '"1.*.3" with a number after a wildcard'],
    ["*.1", '"*.1" with a number after a wildcard'],
    ["1.x-rc", '"1.x-rc" with a pre-release of no certain version'],
    ["1-rc", '"1-rc" with a pre-release of no certain version'],
    [">=4294967296.0", '">=4294967296.0" with a number above 4294967295'],
    [">=1.0\n", '">=1.0\\n" with characters that no version has'],
    ["\u06611.0", '"\\u06611.0" with characters that no version has'],
    [`>=1.0${" ".repeat(252)}`, "257 characters, more than 256"],
  ])("says what is wrong with %j", (range, problem) => {
    expect(parseVersionRange(range)).toBe(problem);
  });

  it("accepts 256 characters and keeps the text as written", () => {
    const text = `>=1.0${" ".repeat(251)}`;
    expect(parseVersionRange(text)).toMatchObject({ text });
  });

  it("includes nothing that is no module version", () => {
    for (const version of ["", "1", "v1.0", "latest", "1.2.3.4", "\u0000"])
      expect(fits("*", version)).toBe(false);
  });

  it("agrees with a comparison written from its description", () => {
    fc.assert(
      fc.property(range, version, ({ text, includes }, candidate) => {
        expect(`${text} ${candidate.text} ${fits(text, candidate.text)}`).toBe(
          `${text} ${candidate.text} ${includes(candidate)}`,
        );
      }),
      { numRuns: 2000 },
    );
  });

  it("answers with a range or with words whatever the text", () => {
    const char = fc.constantFrom(..."0123456789.xX*<>=~^|-, vrc+\t\n\u0000é".split(""));
    const text = fc.oneof(fc.string(), fc.string({ unit: char, maxLength: 300 }));
    fc.assert(
      fc.property(text, fc.string(), (written, candidate) => {
        const parsed = parseVersionRange(written);
        if (typeof parsed === "string") expect(parsed).not.toBe("");
        else expect(parsed.includes(candidate)).toBeTypeOf("boolean");
      }),
      { numRuns: 1500 },
    );
  });
});

describe("compareVersions", () => {
  it("orders as semver does", () => {
    const ordered =
      "no-version 0.0 0.0.1 1.0.0-1 1.0.0-2 1.0.0-10 1.0.0-alpha 1.0.0-alpha.1 1.0.0-beta 1.0.0 1.0.1 1.2 1.10 2.0";
    const versions = ordered.split(" ");
    expect(versions.toReversed().sort(compareVersions)).toEqual(versions);
  });

  it("takes an absent patch for 0 and no notice of build text", () => {
    expect(compareVersions("1.2", "1.2.0+linux.7")).toBe(0);
    expect(compareVersions("1.2-rc", "1.2.0-rc")).toBe(0);
  });

  it("is a total order of all texts and agrees with the comparison of the parts", () => {
    fc.assert(
      fc.property(version, version, fc.string(), (a, b, other) => {
        const order = Math.sign(compareVersions(a.text, b.text));
        expect(order).toBe(Math.sign(compare(a, b)));
        expect(Math.sign(compareVersions(b.text, a.text))).toBe(0 - order);
        expect(compareVersions(other, other)).toBe(0);
      }),
    );
  });
});

interface Version {
  readonly numbers: readonly [number, number, number];
  readonly prerelease: string;
  readonly text: string;
}

interface Comparator {
  readonly text: string;
  includes(version: Version): boolean;
}

const digit = fc.integer({ min: 0, max: 3 });
const prerelease = fc.constantFrom("", "", "", "0", "2", "10", "alpha", "rc.1", "rc.2");
const build = fc.constantFrom("", "", "+b.01");

const version = fc
  .record({ numbers: fc.tuple(digit, digit, digit), prerelease, build, isShort: fc.boolean() })
  .map(({ numbers, prerelease, build, isShort }): Version => {
    const written = isShort && numbers[2] === 0 ? numbers.slice(0, 2) : numbers;
    return { numbers, prerelease, text: `${written.join(".")}${prerelease && `-${prerelease}`}${build}` };
  });

const comparator = fc
  .record({
    operator: fc.constantFrom("", "=", "==", ">", ">=", "<", "<=", "^", "~", "~>"),
    gap: fc.constantFrom("", "", " ", "\t "),
    v: fc.constantFrom("", "", "v"),
    version,
    parts: fc.constantFrom(1, 2, 3, 3),
    wildcard: fc.constantFrom("", "*", "x", "X"),
  })
  .map(({ operator, gap, v, version, parts, wildcard }): Comparator => {
    const isWhole = parts === 3 || version.prerelease !== "";
    const kept = isWhole ? version.numbers : version.numbers.slice(0, parts);
    const star = isWhole || wildcard === "" ? "" : `.${wildcard}`;
    const dash = version.prerelease && `-${version.prerelease}`;
    return {
      text: `${operator}${operator && gap}${v}${kept.join(".")}${star}${dash}`,
      includes: (candidate) => isIncluded(operator, kept, version.prerelease, candidate),
    };
  });

const range = fc
  .array(fc.array(fc.tuple(comparator, fc.constantFrom(",", " , ", " ")), { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 2,
  })
  .map((alternatives): Comparator => {
    const texts = alternatives.map((all) =>
      all.map(([{ text }, joint], index) => (index === 0 ? text : joint + text)).join(""),
    );
    return {
      text: texts.join(" || "),
      includes: (candidate) => alternatives.some((all) => all.every(([each]) => each.includes(candidate))),
    };
  });

function isIncluded(
  operator: string,
  kept: readonly number[],
  prerelease: string,
  candidate: Version,
): boolean {
  const [major = 0, minor = 0, patch = 0] = kept;
  const isWhole = kept.length === 3;
  const order = compare(candidate, { numbers: [major, minor, patch], prerelease, text: "" });
  const inLine = kept.every((part, index) => candidate.numbers[index] === part);
  const below = (limit: readonly number[]) => compareNumbers(candidate.numbers, limit) < 0;
  switch (operator) {
    case ">=":
      return order >= 0;
    case "<":
      return order < 0;
    case ">":
      return isWhole ? order > 0 : order > 0 && !inLine;
    case "<=":
      return isWhole ? order <= 0 : order < 0 || inLine;
    case "^":
      if (major > 0 || kept.length === 1) return order >= 0 && below([major + 1, 0, 0]);
      if (minor > 0 || kept.length === 2) return order >= 0 && below([0, minor + 1, 0]);
      return order >= 0 && below([0, 0, patch + 1]);
    case "~":
    case "~>":
      return order >= 0 && below(kept.length === 1 ? [major + 1, 0, 0] : [major, minor + 1, 0]);
    default:
      return isWhole ? order === 0 : inLine;
  }
}

function compare(a: Version, b: Version): number {
  return compareNumbers(a.numbers, b.numbers) || comparePrereleases(a.prerelease, b.prerelease);
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (const [index, part] of a.entries()) if (part !== b[index]) return part - (b[index] ?? 0);
  return 0;
}

function comparePrereleases(a: string, b: string): number {
  // In the order that semver gives them; a release comes behind all of them.
  const order = ["0", "2", "10", "alpha", "rc.1", "rc.2", ""];
  return order.indexOf(a) - order.indexOf(b);
}
