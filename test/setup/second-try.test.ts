import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { tempDir } from "../kit/process-temp-dir.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const run = async (script: string, ...args: string[]) =>
  (await promisify(execFile)(process.execPath, [join(root, ".ci", script), ...args], { cwd: root })).stdout;

interface FileResult {
  readonly name: string;
  readonly status: "passed" | "failed";
  readonly assertionResults: readonly { readonly status: string }[];
}

const file = (name: string, ...statuses: string[]): FileResult => ({
  name: join(root, name),
  status: statuses.includes("passed") && !statuses.includes("failed") ? "passed" : "failed",
  assertionResults: statuses.map((status) => ({ status })),
});

async function written(folder: string, name: string, text: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof text === "string" ? text : JSON.stringify(text));
  return path;
}

describe("a run of all checks", () => {
  it.each([
    [
      "the one file that failed",
      [file("a.test.ts", "passed"), file("b.test.ts", "failed")],
      "",
      "b.test.ts\n",
    ],
    ["a file whose set-up failed", [file("b.test.ts", "pending")], "", "b.test.ts\n"],
    ["nothing where four failed", ["a", "b", "c", "d"].map((name) => file(name, "failed")), "", ""],
    ["nothing where something failed outside of a test", [file("b", "failed")], "     Errors  1 error\n", ""],
    ["nothing where all passed", [file("a", "passed")], "", ""],
  ])("tries once more, alone: %s", async (_what, testResults, log, expected) => {
    await using folder = await tempDir();
    const results = await written(folder.path, "tests.json", { testResults });
    expect(await run("failed-files.mjs", results, await written(folder.path, "log", log))).toBe(expected);
  });

  it("tries nothing once more when the runner left no results, and fails", async () => {
    expect(await run("failed-files.mjs", "missing.json", "missing.log")).toBe("");
    await expect(run("count.mjs", "missing.json", "missing.json")).rejects.toMatchObject({
      code: 1,
      stdout: "The test runner left no results.\n0 passed, 0 failed\n",
    });
  });

  it("counts a file that ran once more as it ended then", async () => {
    await using folder = await tempDir();
    const whole = [file("a", "passed", "passed"), file("b", "failed", "passed"), file("c", "pending")];
    const first = await written(folder.path, "tests.json", { testResults: whole });
    expect(await run("count.mjs", first, "missing.json")).toBe("3 passed, 1 failed, 1 skipped\n");
    const again = [file("b", "passed", "passed"), file("c", "failed")];
    const second = await written(folder.path, "again.json", { testResults: again });
    expect(await run("count.mjs", first, second)).toBe("4 passed, 1 failed\n");
  });
});
