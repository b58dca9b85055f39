import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cameFromRegistry } from "../../src/scaffold/package-root.js";
import { tempDir } from "../kit/process-temp-dir.js";

describe("cameFromRegistry", () => {
  it.each([
    ["https://registry.npmjs.org/blvm-streams/-/blvm-streams-0.1.0.tgz", true],
    ["file:../blvm-streams-0.1.0.tgz", false],
    ["git+ssh://git@example.org/blvm-streams.git#0123", false],
    [undefined, true],
  ])("takes what npm resolved to %s for published: %s", async (resolved, isPublished) => {
    await using dir = await tempDir();
    const lock = { packages: { "node_modules/blvm-streams": { version: "0.1.0", resolved } } };
    await writeFile(join(dir.path, ".package-lock.json"), JSON.stringify(lock));
    expect(cameFromRegistry(dir.path)).toBe(isPublished);
  });

  it("takes what no npm installed for published", async () => {
    await using dir = await tempDir();
    expect(cameFromRegistry(dir.path)).toBe(true);
    await writeFile(join(dir.path, ".package-lock.json"), "half a fi");
    expect(cameFromRegistry(dir.path)).toBe(true);
  });
});
