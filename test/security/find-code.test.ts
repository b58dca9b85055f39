import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { findCode } from "../../src/security/index.js";
import { tempDir } from "../kit/process-temp-dir.js";

/** A folder of modules with these files; a path that ends in / is a directory. */
async function search(entryPoint: string, files: readonly string[]) {
  await using dir = await tempDir();
  const directory = join(dir.path, "probe");
  await mkdir(directory);
  for (const file of files) {
    const path = join(dir.path, file);
    await mkdir(file.endsWith("/") ? path : dirname(path), { recursive: true });
    if (!file.endsWith("/")) await writeFile(path, "");
  }
  const found = await findCode(directory, entryPoint);
  return {
    at: found.entryPath === undefined ? undefined : relative(dir.path, found.entryPath),
    root: relative(dir.path, found.root),
    lookedFor: found.lookedFor.map((path) => relative(dir.path, path)),
  };
}

describe("findCode", () => {
  it("looks in the module's directory, its build folders, and the folder of modules, in this order", async () => {
    const places = ["probe/main", "probe/target/release/main", "probe/target/debug/main", "main"];
    for (const [index, at] of places.entries())
      expect(await search("main", places.slice(index))).toMatchObject({ at });
    const { at, lookedFor } = await search("main", []);
    expect(at).toBeUndefined();
    expect(lookedFor.filter((path) => !path.includes("."))).toEqual(places);
    expect(lookedFor).toHaveLength(3 * places.length);
  });

  it.each([
    ["main", ["probe/main.mjs"], "probe/main.mjs"],
    ["main", ["probe/main.mjs", "probe/main.js"], "probe/main.js"],
    ["main", ["probe/main/", "probe/main.js"], "probe/main.js"],
    ["main", ["probe/main/"], "probe/main"],
    ["main", ["probe/main/", "main.js"], "probe/main"],
    ["main.js", ["probe/main.js.mjs", "main.js"], "main.js"],
    ["lib/main", ["lib/main.mjs"], "lib/main.mjs"],
    ["probe", [], undefined],
    ["tool", ["tool/"], undefined],
    [`${"x".repeat(300)}.js`, [], undefined],
  ])("finds %s among %j as %s", async (entryPoint, files, at) => {
    expect((await search(entryPoint, files)).at).toBe(at);
  });

  it("says which folder the code must not leave", async () => {
    expect((await search("main", ["probe/target/release/main"])).root).toBe("probe");
    expect((await search("main", ["main.js"])).root).toBe("");
  });

  it("takes a folder of modules that the module's directory is only linked into", async () => {
    await using dir = await tempDir();
    await mkdir(join(dir.path, "elsewhere", "probe"), { recursive: true });
    await mkdir(join(dir.path, "modules"));
    await symlink(join(dir.path, "elsewhere", "probe"), join(dir.path, "modules", "probe"));
    await writeFile(join(dir.path, "modules", "main.js"), "");
    const directory = join(dir.path, "elsewhere", "probe");
    expect((await findCode(directory, "main.js")).entryPath).toBeUndefined();
    expect((await findCode(directory, "main.js", join(dir.path, "modules"))).entryPath).toBe(
      join(dir.path, "modules", "main.js"),
    );
  });

  it("counts what can't be looked at as there", async () => {
    await using dir = await tempDir();
    await mkdir(join(dir.path, "probe"));
    await symlink("lib", join(dir.path, "probe", "lib"));
    const found = await findCode(join(dir.path, "probe"), "lib/main.js");
    expect(found.entryPath).toBe(join(dir.path, "probe", "lib", "main.js"));
  });
});
