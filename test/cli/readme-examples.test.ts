import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runCommand } from "./run-in-process.js";

const readme = await readFile(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8");

/** The files that the README shows, as a reader would write them down. */
const examples = [...readme.matchAll(/<!-- (\S+\.\w+) -->\n```\w+\n([\s\S]*?)```/g)].map(
  ([, name = "", text = ""]) => ({ name, text }),
);

describe("the README", { timeout: 120_000 }, () => {
  it("shows a stream and tables of marbles that hold", async () => {
    expect(examples.map(({ name }) => name)).toEqual([
      "slow.marbles.mjs",
      "pairs.marbles.mjs",
      "large-fee.yaml",
    ]);
    const folder = await mkdtemp(join(tmpdir(), "readme-"));
    try {
      for (const { name, text } of examples) await writeFile(join(folder, name), text);
      for (const command of [
        ["streams", "lint", folder],
        ["streams", "test", folder],
        ["marbles", folder],
      ]) {
        const { code, stdout, stderr } = await runCommand(command);
        expect([command[0], code, stderr], stdout).toEqual([command[0], 0, ""]);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
