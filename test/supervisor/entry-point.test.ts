import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseManifest } from "../../src/manifest/index.js";
import { resolveEntryPoint } from "../../src/supervisor/entry-point.js";
import { tempDir } from "../kit/process-temp-dir.js";

function moduleIn(directory: string, entryPoint: string) {
  const text = `name = "probe"\nversion = "1.0"\nentry_point = "${entryPoint}"`;
  return { manifest: parseManifest(text, "module.toml"), directory };
}

async function addFile(directory: string, name: string, mode = 0o644): Promise<string> {
  const path = join(directory, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "");
  await chmod(path, mode);
  return path;
}

describe("resolveEntryPoint", () => {
  it.each([
    ["main.js", "main.js", 0o644],
    ["main", "main.js", 0o644],
    ["main", "main.mjs", 0o644],
    ["lib/main.cjs", "lib/main.cjs", 0o644],
    ["main", "main", 0o755],
    ["main", "target/release/main", 0o755],
    ["main", "target/debug/main", 0o755],
  ])("finds %s as %s", async (entryPoint, file, mode) => {
    await using dir = await tempDir();
    const path = await addFile(dir.path, file, mode);
    expect(await resolveEntryPoint(moduleIn(dir.path, entryPoint))).toBe(path);
  });

  it("passes over a folder that is called like the entry point", async () => {
    await using dir = await tempDir();
    await mkdir(join(dir.path, "main"));
    const path = await addFile(dir.path, "main.js");
    expect(await resolveEntryPoint(moduleIn(dir.path, "main"))).toBe(path);
  });

  it("prefers the module's directory to its build folders", async () => {
    await using dir = await tempDir();
    await addFile(dir.path, "target/release/main", 0o755);
    const path = await addFile(dir.path, "main.mjs");
    expect(await resolveEntryPoint(moduleIn(dir.path, "main"))).toBe(path);
  });

  it("refuses a program without execute permission", async () => {
    await using dir = await tempDir();
    await addFile(dir.path, "main");
    const resolved = resolveEntryPoint(moduleIn(dir.path, "main"));
    await expect(resolved).rejects.toMatchObject({ code: "BAD_ENTRY_POINT" });
  });

  it("refuses a link that leaves the module's directory", async () => {
    await using dir = await tempDir();
    await using outside = await tempDir();
    await symlink(await addFile(outside.path, "evil.js"), join(dir.path, "main.js"));
    const resolved = resolveEntryPoint(moduleIn(dir.path, "main.js"));
    await expect(resolved).rejects.toMatchObject({ code: "BAD_ENTRY_POINT" });
  });

  it("follows a link that stays in the module's directory", async () => {
    await using dir = await tempDir();
    const path = await addFile(dir.path, "dist/real.js");
    await symlink(path, join(dir.path, "main.js"));
    expect(await resolveEntryPoint(moduleIn(dir.path, "main.js"))).toBe(path);
  });

  it("names every place where it looked in vain", async () => {
    await using dir = await tempDir();
    const resolved = resolveEntryPoint(moduleIn(dir.path, "main"));
    await expect(resolved).rejects.toMatchObject({ code: "ENTRY_POINT_MISSING" });
    await expect(resolved).rejects.toThrow(join(dir.path, "target/debug", "main.mjs"));
  });
});
