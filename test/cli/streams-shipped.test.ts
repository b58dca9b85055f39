import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { honest, hostileFiles } from "../kit/streams-hostile.js";
import { shippedNames } from "../kit/streams-shipped.js";
import { runCommand } from "./run-in-process.js";

const shipped = fileURLToPath(new URL("../../streams", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "streams-hostile-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("The commands of streams", () => {
  it("find no fault in the streams that ship, and pass their tests", async () => {
    const linted = await runCommand(["streams", "lint", shipped]);
    expect(linted).toMatchObject({ code: 0, stderr: "" });
    expect(linted.stdout.match(/^OK .*$/gm)).toHaveLength(shippedNames.length);
    expect((await runCommand(["streams", "test", shipped])).code).toBe(0);
  });

  it("refuse every hostile file of a folder with its place, and judge the honest one as if it were alone", async () => {
    await writeFile(join(folder, "honest.yaml"), honest());
    for (const [index, [, text]] of hostileFiles.entries())
      await writeFile(join(folder, `evil-${index}.yaml`), text);
    const { code, stdout } = await runCommand(["streams", "lint", folder]);
    expect(code).toBe(1);
    expect(stdout.match(/^OK .*$/gm)).toEqual([expect.stringContaining("honest.yaml: honest, 1 step")]);
    for (const index of hostileFiles.keys())
      expect(stdout).toMatch(new RegExp(`evil-${index}\\.yaml:\\d+:\\d+`));
    expect(stdout.length).toBeLessThan(100_000);
  });
});
