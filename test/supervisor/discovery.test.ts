import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { errorCode, errorMessage } from "../../src/errors.js";
import { discoverModules } from "../../src/supervisor/discovery.js";
import { tempDir } from "../kit/process-temp-dir.js";

async function addModule(folder: string, directory: string, name = directory): Promise<string> {
  const path = join(folder, directory);
  await mkdir(path, { recursive: true });
  await writeFile(join(path, "module.toml"), `name = "${name}"\nversion = "1.0.0"\n`);
  return path;
}

describe("discoverModules", () => {
  it("offers the direct subdirectories with a manifest in name order", async () => {
    await using dir = await tempDir();
    await addModule(dir.path, "1", "zebra");
    const ant = await addModule(dir.path, "2", "ant");
    await addModule(dir.path, join("deep", "er"), "hidden");
    await mkdir(join(dir.path, "empty"));
    await writeFile(join(dir.path, "module.toml"), 'name = "root"\nversion = "1.0"');
    const { modules, failures } = await discoverModules([dir.path]);
    expect(modules.map(({ manifest }) => manifest.name)).toEqual(["ant", "zebra"]);
    expect(modules[0]?.directory).toBe(ant);
    expect(failures).toEqual([]);
  });

  it("keeps a bad manifest from harming the other modules", async () => {
    await using dir = await tempDir();
    await addModule(dir.path, "good");
    const bad = await addModule(dir.path, "bad", "../bad");
    const { modules, failures } = await discoverModules([dir.path]);
    expect(modules.map(({ manifest }) => manifest.name)).toEqual(["good"]);
    expect(failures).toMatchObject([{ directory: bad, error: { code: "BAD_NAME" } }]);
  });

  it("offers none of the directories that claim one name", async () => {
    await using first = await tempDir();
    await using second = await tempDir();
    const claims = [await addModule(first.path, "a", "twin"), await addModule(second.path, "b", "twin")];
    const { modules, failures } = await discoverModules([first.path, second.path]);
    expect(modules).toEqual([]);
    expect(failures.map(({ directory }) => directory)).toEqual(claims);
    for (const { error } of failures) {
      expect(errorCode(error)).toBe("DUPLICATE_MODULE");
      for (const claim of claims) expect(errorMessage(error)).toContain(claim);
    }
  });

  it("counts a directory once, however often it is reached", async () => {
    await using dir = await tempDir();
    const real = await addModule(dir.path, "real");
    await symlink(real, join(dir.path, "alias"));
    const { modules, failures } = await discoverModules([dir.path, dir.path]);
    expect(modules).toMatchObject([{ directory: real }]);
    expect(failures).toEqual([]);
  });

  it("reports a folder that cannot be read and goes on", async () => {
    await using dir = await tempDir();
    await addModule(dir.path, "a");
    const { modules, failures } = await discoverModules([join(dir.path, "absent"), dir.path]);
    expect(modules).toHaveLength(1);
    expect(failures).toMatchObject([{ error: { code: "MODULES_DIR_UNREADABLE" } }]);
  });

  it("leaves out the modules above the maximum and says so", async () => {
    await using dir = await tempDir();
    for (const name of ["a", "b", "c"]) await addModule(dir.path, name);
    const { modules, failures } = await discoverModules([dir.path], { max: 2 });
    expect(modules.map(({ manifest }) => manifest.name)).toEqual(["a", "b"]);
    expect(failures).toMatchObject([{ directory: dir.path, error: { code: "TOO_MANY_MODULES" } }]);
  });
});
