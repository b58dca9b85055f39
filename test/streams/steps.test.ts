import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { stepDefinitions } from "../../src/streams/index.js";
import { requiredStories, type StepTable, stepTest } from "../../src/testing/index.js";

const folder = new URL("../../marbles/steps/", import.meta.url);
const tables = await Promise.all(
  readdirSync(folder)
    .filter((name) => name.endsWith(".marbles.ts"))
    .map(async (name) => ((await import(new URL(name, folder).href)) as { default: StepTable }).default),
);

describe("The steps of streams", () => {
  it("have a table of marbles each, and no table is without its step", () => {
    expect([...new Set(tables.map(({ kind }) => kind))].sort()).toEqual(
      stepDefinitions.map(({ kind }) => kind).sort(),
    );
  });

  for (const { kind } of stepDefinitions) {
    it(`tell the seven stories of ${kind}`, () => {
      const told = tables.filter((table) => table.kind === kind).flatMap(({ rows }) => rows);
      expect(requiredStories.filter((story) => !told.some(({ shows }) => shows === story))).toEqual([]);
    });
  }
});

for (const { kind, title, rows } of tables) {
  describe(title, () => {
    it.each(rows.map((row) => ({ name: row.name, row })))("$name", ({ row }) => {
      stepTest(kind, row);
    });
  });
}
