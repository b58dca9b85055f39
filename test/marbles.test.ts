import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type MarbleTable, marbleTest } from "../src/testing/index.js";

const folder = fileURLToPath(new URL("../marbles", import.meta.url));
const files = readdirSync(folder).filter((file) => file.endsWith(".marbles.ts"));
const tables = await Promise.all(
  files.map(async (file) => ((await import(join(folder, file))) as { default: MarbleTable }).default),
);

describe("marbles", () => {
  it("hold a table of rows in each file", () => {
    expect(files.length).toBeGreaterThan(5);
    for (const { rows } of tables) expect(rows.length).toBeGreaterThan(0);
  });
});

for (const { title, rows } of tables) {
  describe(title, () => {
    for (const row of rows) it(row.name, () => void marbleTest(row));
  });
}
