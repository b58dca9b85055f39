import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const repository = new URL("../../", import.meta.url);
/** The script, and what it needs whatever the pages are. */
const scripts = ["scripts/docs.mjs", "scripts/docs/files/refresh-file.mjs"];

describe("scripts/docs.mjs", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "docs-script-"));
    mkdirSync(join(root, "scripts", "docs"), { recursive: true });
    for (const file of scripts) cpSync(new URL(file, repository), join(root, file));
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function addPage(name: string, text: string): void {
    const source = `export const page = { path: "docs/${name}.md", async render() { return ${JSON.stringify(text)}; } };`;
    writeFileSync(join(root, "scripts", "docs", `${name}.mjs`), source);
  }

  function run(...args: readonly string[]) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, "scripts", "docs.mjs"), ...args],
      {
        encoding: "utf8",
      },
    );
    return { status, stdout, stderr };
  }

  it("writes every page and then finds them up to date", () => {
    addPage("first", "# First");
    addPage("second", "# Second");
    expect(run().status).toBe(0);
    expect(readFileSync(join(root, "docs", "second.md"), "utf8")).toMatch(
      /^<!-- Generated.*-->\n\n# Second\n$/,
    );
    expect(run("--check")).toMatchObject({ status: 0, stderr: "" });
  });

  it("names each stale or missing page when it checks, and writes nothing", () => {
    addPage("first", "# First");
    run();
    addPage("first", "# First, changed");
    addPage("second", "# Second");
    const { status, stderr } = run("--check");
    expect(status).toBe(1);
    expect(stderr).toContain("docs/first.md is stale");
    expect(stderr).toContain("docs/second.md is stale");
    expect(readFileSync(join(root, "docs", "first.md"), "utf8")).toContain("# First\n");
  });

  it("fails when it saw no page at all", () => {
    expect(run("--check")).toMatchObject({ status: 1, stderr: expect.stringContaining("no page") });
  });

  it("refuses an argument that it does not know", () => {
    expect(run("--chek")).toMatchObject({ status: 2, stderr: expect.stringContaining("--check") });
  });

  it("says that a build is needed where there is none", () => {
    writeFileSync(
      join(root, "scripts", "docs", "page.mjs"),
      'export const page = { path: "docs/x.md", async render() { await import("../../dist/index.js"); } };',
    );
    expect(run()).toMatchObject({ status: 1, stderr: expect.stringContaining("npm run build") });
  });
});
