import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readManifest, readModuleConfig } from "../../src/manifest/index.js";
import { createModule } from "../../src/scaffold/index.js";
import { tempDir } from "../kit/process-temp-dir.js";

describe("createModule", () => {
  it("writes all that a module needs, under its name, and nothing else", async () => {
    await using dir = await tempDir();
    const directory = join(dir.path, "deep", "place");
    const created = await createModule({ directory, name: "my-module" });
    const found = (await readdir(directory, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
    expect(found.sort()).toEqual([...created.files].sort());
    expect(await readManifest(join(directory, "module.toml"))).toMatchObject({
      name: "my-module",
      entryPoint: "dist/main.js",
    });
    expect(await readModuleConfig(directory)).toEqual(new Map([["every_blocks", "1"]]));
    const packageJson = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
    expect(packageJson.dependencies["blvm-streams"]).toBe(`file:${created.linkedTo}`);
    expect(await readdir(join(dir.path, "deep"))).toEqual(["place"]);
  });

  it("fills an empty folder", async () => {
    await using dir = await tempDir();
    const directory = join(dir.path, "empty");
    await mkdir(directory);
    await createModule({ directory, name: "a" });
    expect(await readdir(directory)).toContain("module.toml");
  });

  it.each([
    "",
    "../escape",
    "a/b",
    "Upper",
    "under_score",
    "-dash",
    "x".repeat(65),
    "enabled",
    "constructor",
    "ü",
  ])("refuses the name %j and writes nothing", async (name) => {
    await using dir = await tempDir();
    const directory = join(dir.path, "new");
    await expect(createModule({ directory, name })).rejects.toMatchObject({ code: "SCAFFOLD_BAD_NAME" });
    expect(await readdir(dir.path)).toEqual([]);
  });

  it("refuses a folder that holds something, a file in its place, and leaves both as they were", async () => {
    await using dir = await tempDir();
    const folder = join(dir.path, "folder");
    const file = join(dir.path, "file");
    await mkdir(folder);
    await writeFile(join(folder, "mine"), "mine");
    await writeFile(file, "mine");
    for (const directory of [folder, file, join(file, "below")]) {
      await expect(createModule({ directory, name: "a" })).rejects.toMatchObject({
        code: "SCAFFOLD_TARGET_EXISTS",
      });
    }
    expect(await readdir(dir.path, { recursive: true })).toEqual(["file", "folder", "folder/mine"]);
  });

  it("says why it can't write, and leaves nothing behind", async () => {
    await using dir = await tempDir();
    for (const directory of [
      join(dir.path, "n".repeat(256)),
      join(dir.path, "n".repeat(256), "new"),
      "/proc/new",
    ]) {
      await expect(createModule({ directory, name: "a" })).rejects.toMatchObject({
        code: "SCAFFOLD_UNWRITABLE",
        message: expect.stringMatching(
          / can't be written \((ENAMETOOLONG|ENOENT).*choose another one with --dir$/,
        ),
      });
    }
    expect(await readdir(dir.path)).toEqual([]);
  });

  it("makes one of two that are created at the same place at once, whole", async () => {
    await using dir = await tempDir();
    const directory = join(dir.path, "new");
    const outcomes = await Promise.allSettled(
      ["one", "two"].map((name) => createModule({ directory, name })),
    );
    const made = outcomes.filter(({ status }) => status === "fulfilled");
    expect(made).toHaveLength(1);
    const { name } = await readManifest(join(directory, "module.toml"));
    expect(name).toBe(outcomes[0]?.status === "fulfilled" ? "one" : "two");
    expect(await readdir(dir.path)).toEqual(["new"]);
  });
});
