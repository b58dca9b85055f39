import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { requestDefinition, requestNames } from "../src/requests/index.js";

function page(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../docs/${name}`, import.meta.url)), "utf8");
}

const requestsPage = page("requests.md");
const errorsPage = page("errors.md");

function headings(text: string): string[] {
  return [...text.matchAll(/^### `?(\w+)`?$/gm)].map(([, heading]) => heading ?? "");
}

/** What docs/requests.md says of one request. */
function entryOf(name: string): string {
  const start = requestsPage.indexOf(`### ${name}\n`);
  const end = requestsPage.indexOf("\n### ", start);
  return requestsPage.slice(start, end < 0 ? undefined : end);
}

describe("docs/requests.md", () => {
  it("describes every request of the table exactly once, and nothing else", () => {
    expect(headings(requestsPage).toSorted()).toEqual([...requestNames].toSorted());
  });

  it.each(requestNames)("tells the permission, the errors and the client's method of %s", (name) => {
    const { about, permission, errors = [] } = requestDefinition(name);
    const entry = entryOf(name);
    expect(entry).toContain(about);
    expect(entry).toContain(
      permission === undefined ? "No permission needed" : `Permission: \`${permission}\``,
    );
    for (const code of errors) expect(entry).toContain(`\`${code}\``);
    expect(entry).toContain(`\`nodeApi.${name.charAt(0).toLowerCase()}${name.slice(1)}(`);
  });

  it("names each field of each payload", () => {
    const shapeOf = (name: (typeof requestNames)[number]) =>
      Object.keys((requestDefinition(name).input() as unknown as { shape: object }).shape);
    const missing = requestNames.flatMap((name) =>
      shapeOf(name)
        .filter((field) => !entryOf(name).includes(`| \`${field}\` |`))
        .map((field) => `${name}.${field}`),
    );
    expect(missing).toEqual([]);
  });

  it("has every request in the row of its capability", () => {
    for (const name of requestNames) {
      const { permission } = requestDefinition(name);
      const row = requestsPage.split("\n").find((line) => line.startsWith(`| \`${permission}\` |`));
      const place = permission === undefined ? requestsPage : row;
      expect(place, name).toContain(`[${name}](#${name.toLowerCase()})`);
    }
  });
});

describe("docs/errors.md", () => {
  const documented = new Set(headings(errorsPage));

  it("has every error that a request names", () => {
    const missing = requestNames.flatMap((name) =>
      (requestDefinition(name).errors ?? [])
        .filter((code) => !documented.has(code))
        .map((code) => `${name}: ${code}`),
    );
    expect(missing).toEqual([]);
  });

  it("has every error that any request may be refused with", () => {
    const common = requestsPage.slice(0, requestsPage.indexOf("## Permissions"));
    const linked = [...common.matchAll(/\[`([A-Z_]+)`\]\(errors\.md/g)].map(([, code]) => code ?? "");
    expect(linked.length).toBeGreaterThan(5);
    expect(linked.filter((code) => !documented.has(code))).toEqual([]);
  });
});
