import { describe, expect, it } from "vitest";
import { renderTable } from "../../src/cli/table.js";

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
