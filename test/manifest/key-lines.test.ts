import fc from "fast-check";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { locateKeys } from "../../src/manifest/key-lines.js";
import type { KeyPath } from "../../src/manifest/key-path.js";

const document = `\uFEFF# comment with key = 1
top = "a" # x = 2

[a.b]
c = 1
d.e."f.g" = [1, [2,
  3], { h = 1, i.j = "}" }]
long = """
c = 9
\\""" [no.header] """""
'q"]' = '''
x = 1
''''
after = 1979-05-27 07:32:00
"\\u0041\\n" = true

[[list]]
name = "one"
[[list]]
name = "two"
[list.sub]
deep = 1
[[list.inner]]
[[list.inner]]
last = 1
[a]
late = 1
[ "x" . y ]\r
z = 1`;

describe("locateKeys", () => {
  it.each<[KeyPath, number | undefined]>([
    [["top"], 2],
    [["a"], 26],
    [["a", "b"], 4],
    [["a", "b", "c"], 5],
    [["a", "b", "d", "e", "f.g"], 6],
    [["a", "b", "d", "e", "f.g", 1, 0], 6],
    [["a", "b", "d", "e", "f.g", 1, 1], 7],
    [["a", "b", "d", "e", "f.g", 2, "i", "j"], 7],
    [["a", "b", "long"], 8],
    [["a", "b", 'q"]'], 11],
    [["a", "b", "after"], 14],
    [["a", "b", "A\n"], 15],
    [["list", 0, "name"], 18],
    [["list", 1], 19],
    [["list", 1, "name"], 20],
    [["list", 1, "sub", "deep"], 22],
    [["list", 1, "inner", 1, "last"], 25],
    [["a", "late"], 27],
    [["x", "y", "z"], 29],
    [["x"], 28],
    [["a", "b", "absent"], 4],
    [["no"], undefined],
    [[], undefined],
  ])("finds %j on line %s", (path, line) => {
    expect(locateKeys(document)(path)).toBe(line);
  });

  it("finds every key of arbitrary documents on the line that wrote it", () => {
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 12 }), (statements) => {
        const text = statements.map(({ text }, index) => text(index)).join("\n");
        parse(text);
        const lineOf = locateKeys(text);
        let line = 1;
        for (const [index, { path, lines }] of statements.entries()) {
          expect([text, lineOf(path(index))]).toEqual([text, line]);
          line += lines;
        }
      }),
    );
  });

  it("ends without an error on text that is no TOML", () => {
    const piece = fc.constantFrom(
      "a",
      "=",
      '"',
      "'",
      '"""',
      "'''",
      "[",
      "]",
      "{",
      "}",
      ".",
      ",",
      "\n",
      "\\",
      "#",
      " ",
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(locateKeys(pieces.join(""))(["a"])).toSatisfy(
          (line) => line === undefined || (Number.isInteger(line) && line > 0),
        );
      }),
      { numRuns: 1000 },
    );
  });
});

/** One key with its value, written after its own header; `path` says where the index makes it unique. */
const statement = fc
  .record({
    value: fc.constantFrom(
      "1",
      '"x = 1"',
      "'#'",
      '"""\n[a]\n"""',
      "[1, # ]\n 2]",
      "{ b = [{}, '}'] }",
      "'''\n\n''''",
    ),
    quoted: fc.boolean(),
    comment: fc.constantFrom("", " # [c]"),
  })
  .map(({ value, quoted, comment }) => ({
    path: (index: number) => [`k ${index}`, "dotted"],
    text: (index: number) =>
      `${quoted ? `'k ${index}'` : `"k\\u0020${index}"`} . dotted = ${value}${comment}`,
    lines: value.split("\n").length,
  }));
