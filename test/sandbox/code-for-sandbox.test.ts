import { execFileSync } from "node:child_process";
import { chmod, mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { copyForSandbox } from "../../src/supervisor/code-for-sandbox.js";
import { tempDir } from "../kit/process-temp-dir.js";

async function moduleIn(folder: string) {
  const directory = join(folder, "modules", "m");
  await mkdir(join(directory, "lib"), { recursive: true });
  const entryPath = join(directory, "lib", "main.js");
  await writeFile(entryPath, "1", { mode: 0o600 });
  return { name: "m", directory, entryPath, isOwn: true };
}

describe("the copy of a module's code for the sandbox", () => {
  it("can be read by others whatever the modes of the original, and keeps what may be run", async () => {
    await using dir = await tempDir();
    const module = await moduleIn(dir.path);
    await writeFile(join(module.directory, "run"), "2");
    for (const path of [join(module.directory, "run"), join(module.directory, "lib")])
      await chmod(path, 0o700);
    const { entryPath, codePath, packages } = await copyForSandbox(module, join(dir.path, "copy"));
    expect({ entryPath, codePath, packages }).toEqual({
      entryPath: join(dir.path, "copy", "code", "lib", "main.js"),
      codePath: join(dir.path, "copy", "code"),
      packages: [],
    });
    const modes = await Promise.all(
      ["", "lib", "lib/main.js", "run"].map(async (name) => (await stat(join(codePath, name))).mode & 0o777),
    );
    expect(modes).toEqual([0o755, 0o755, 0o644, 0o755]);
  });

  it("links to the packages in the folder through a path that is the same inside and outside", async () => {
    await using dir = await tempDir();
    const module = await moduleIn(dir.path);
    const folders = ["node_modules", "lib/node_modules"].map((name) => join(module.directory, name));
    for (const folder of folders) await mkdir(folder);
    const { codePath, packages = [] } = await copyForSandbox(module, join(dir.path, "copy"));
    expect(packages.toSorted()).toEqual(folders.toSorted());
    const outer = packages.indexOf(folders[0] ?? "");
    expect(await readlink(join(codePath, "node_modules"))).toBe(`../packages/${outer}/node_modules`);
    expect(await readlink(join(codePath, "lib", "node_modules"))).toBe(
      `../../packages/${1 - outer}/node_modules`,
    );
    for (const [place, folder] of packages.entries())
      expect(await readlink(join(dir.path, "copy", "packages", String(place), "node_modules"))).toBe(folder);
  });

  it("leads nowhere where packages are a link: anything could be behind it", async () => {
    await using dir = await tempDir();
    const module = await moduleIn(dir.path);
    await mkdir(join(dir.path, "secret"));
    await symlink(join(dir.path, "secret"), join(module.directory, "node_modules"));
    const { codePath, packages } = await copyForSandbox(module, join(dir.path, "copy"));
    expect(packages).toEqual([]);
    expect(await readdir(codePath)).toEqual(["lib"]);
  });

  it("is of the kind that the nearest package.json says, also of one that is not copied", async () => {
    await using dir = await tempDir();
    const module = await moduleIn(dir.path);
    await writeFile(join(dir.path, "package.json"), '{ "type": "module", "name": "outer" }');
    const first = await copyForSandbox(module, join(dir.path, "first"));
    expect(await readFile(join(first.codePath, "package.json"), "utf8")).toBe('{"type":"module"}');
    await writeFile(join(module.directory, "package.json"), '{ "name": "own" }');
    const second = await copyForSandbox(module, join(dir.path, "second"));
    expect(await readFile(join(second.codePath, "package.json"), "utf8")).toBe('{ "name": "own" }');
    const file = { ...module, entryPath: join(dir.path, "modules", "single.js"), isOwn: false };
    await writeFile(file.entryPath, "");
    const single = await copyForSandbox(file, join(dir.path, "single"));
    expect(await readdir(single.codePath)).toEqual(["package.json", "single.js"]);
  });

  it("is made without waiting on what is called package.json and is a pipe or leads to a device", async () => {
    await using dir = await tempDir();
    const outer = await moduleIn(dir.path);
    const module = { ...outer, entryPath: join(outer.directory, "main.mjs") };
    await writeFile(module.entryPath, "1");
    await symlink("/dev/zero", join(module.directory, "package.json"));
    const { codePath } = await copyForSandbox(module, join(dir.path, "device"));
    expect(await readlink(join(codePath, "package.json"))).toBe("/dev/zero");
    await rm(join(module.directory, "package.json"));
    execFileSync("mkfifo", [join(dir.path, "modules", "package.json")]);
    await copyForSandbox(module, join(dir.path, "pipe"));
    expect(await readdir(join(dir.path, "pipe", "code"))).toEqual(["lib", "main.mjs"]);
  }, 2000);

  it.skipIf(process.getuid?.() !== 0)("is refused when a device is among the files", async () => {
    await using dir = await tempDir();
    const module = await moduleIn(dir.path);
    execFileSync("mknod", [join(module.directory, "endless"), "c", "1", "3"]);
    await expect(copyForSandbox(module, join(dir.path, "copy"))).rejects.toMatchObject({
      code: "CODE_COPY_FAILED",
      message: expect.stringContaining("endless"),
    });
    expect(await readdir(dir.path)).toEqual(["modules"]);
  });

  it.each([
    ["bytes", { maxBytes: 0, maxFiles: 100 }],
    ["files", { maxBytes: 100, maxFiles: 2 }],
  ])("is refused with nothing left of it when there are too many %s", async (_what, limits) => {
    await using dir = await tempDir();
    const module = await moduleIn(dir.path);
    for (const isOwn of limits.maxBytes === 0 ? [true, false] : [true]) {
      await expect(
        copyForSandbox({ ...module, isOwn }, join(dir.path, "copy"), limits),
      ).rejects.toMatchObject({
        code: "CODE_TOO_LARGE",
      });
    }
    expect(await readdir(dir.path)).toEqual(["modules"]);
  });

  it("is refused when it would need more than 64 folders with packages", async () => {
    await using dir = await tempDir();
    const module = await moduleIn(dir.path);
    for (let index = 0; index <= 64; index++)
      await mkdir(join(module.directory, String(index), "node_modules"), { recursive: true });
    await expect(copyForSandbox(module, join(dir.path, "copy"))).rejects.toMatchObject({
      code: "CODE_TOO_LARGE",
      details: { limit: 64 },
    });
  });

  it("is refused when it can't be made", async () => {
    await using dir = await tempDir();
    const module = await moduleIn(dir.path);
    await writeFile(join(dir.path, "file"), "");
    await expect(copyForSandbox(module, join(dir.path, "file", "copy"))).rejects.toMatchObject({
      code: "CODE_COPY_FAILED",
    });
  });
});
