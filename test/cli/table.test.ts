import { describe, expect, it } from "vitest";
import { fitTable, renderTable } from "../../src/cli/table.js";

describe("renderTable", () => {
  it("aligns columns and leaves no blank at line ends", () => {
    const columns = [{ title: "NAME" }, { title: "N", align: "right" as const }, { title: "TEXT" }];
    expect(
      renderTable(columns, [
        ["a", "10", "x"],
        ["long", "2", ""],
      ]),
    ).toBe(["NAME   N  TEXT", "a     10  x", "long   2", ""].join("\n"));
  });

  it("wraps the last column to the width that is left", () => {
    const rows = [["a", "one two three four five six"]];
    expect(renderTable([{ title: "K" }, { title: "V" }], rows, 24)).toBe(
      ["K  V", "a  one two three four", "   five six", ""].join("\n"),
    );
  });

  it("shows control characters as question marks", () => {
    expect(renderTable([{ title: "K" }], [["\u001b[31mred\n"]])).toBe("K\n?[31mred?\n");
  });
});

describe("fitTable", () => {
  const columns = [
    { title: "NAME" },
    { title: "LESS", spare: 1 },
    { title: "LEAST", spare: 2 },
    { title: "TEXT" },
  ];
  const rows = [["a", "b", "c", "some words that can be wrapped"]];

  it("leaves out what is most spare first, and no more than it takes", () => {
    expect(fitTable(columns, rows)).toEqual({ columns, rows, leftOut: [] });
    const all = "NAME  LESS  LEAST  ".length + 20;
    expect(fitTable(columns, rows, all).leftOut).toEqual([]);
    expect(fitTable(columns, rows, all - 1)).toMatchObject({
      rows: [["a", "b", "some words that can be wrapped"]],
      leftOut: ["LEAST"],
    });
    expect(fitTable(columns, rows, 26 + 6).leftOut).toEqual(["LEAST"]);
    expect(fitTable(columns, rows, 26 + 5).leftOut).toEqual(["LESS", "LEAST"]);
    expect(fitTable(columns, rows, 1).columns.map(({ title }) => title)).toEqual(["NAME", "TEXT"]);
  });
});
