import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as door from "../../src/sdk/index.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "blvm-sdk-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function namesOf(specifier: string, cwd?: string): unknown {
  const program = `console.log(JSON.stringify(Object.keys(await import(${JSON.stringify(specifier)})).sort()))`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8", cwd });
  return run.status === 0 ? JSON.parse(run.stdout) : run.stderr;
}

describe("the module author's door as it ships", () => {
  it("exports what the separate files export", () => {
    expect(namesOf("blvm-streams/sdk")).toEqual(Object.keys(door).sort());
  });

  it("is one file that needs no other", () => {
    const shipped = fileURLToPath(new URL("../../dist/sdk/bundled.js", import.meta.url));
    copyFileSync(shipped, join(folder, "sdk.mjs"));
    expect(namesOf("./sdk.mjs", folder)).toEqual(Object.keys(door).sort());
  });
});
