import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type PipelineTable, pipelineTest, requiredStories } from "../../../src/testing/index.js";

const folder = new URL("../../../marbles/sdk/", import.meta.url);
const tables: PipelineTable[] = [];
for (const name of readdirSync(folder).filter((name) => name.endsWith(".marbles.ts"))) {
  const exported: Readonly<Record<string, PipelineTable>> = await import(new URL(name, folder).href);
  tables.push(...Object.values(exported));
}

/** These take no callback of their author. */
const callbackless = /^(ofType|confirmed|reorgSafe|rateOf)/;

it("the operators of the SDK have their tables", () => {
  expect(tables).toHaveLength(7);
});

describe.each(tables)("$title", ({ title, pipeline, rows }) => {
  it.each(rows.map((row) => ({ name: row.name, row })))("$name", ({ row }) => {
    pipelineTest(pipeline, row);
  });

  it("tells the stories that every operator must tell", () => {
    const missing = requiredStories.filter((story) => !rows.some(({ shows }) => shows === story));
    expect(missing).toEqual(callbackless.test(title) ? ["throwing callback"] : []);
  });
});
