import { chmod, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { reachableRuntime } from "../../src/sandbox/runtime.js";
import { tempDir } from "../kit/process-temp-dir.js";

/** A user that owns nothing here. */
const user = { name: "guest", uid: 4_000_001, gid: 4_000_001 };

/** A runtime in a folder for its owner alone, as in the home of root. */
async function layout(folder: string, mode = 0o755) {
  await chmod(folder, 0o755);
  const home = join(folder, "home");
  await mkdir(home);
  const nodePath = join(home, "node");
  await writeFile(nodePath, "the runtime");
  await chmod(nodePath, mode);
  await chmod(home, 0o700);
  const privateDir = join(folder, "private");
  await mkdir(privateDir, { mode: 0o711 });
  return { home, nodePath, privateDir };
}

describe("the runtime that modules are run by", () => {
  it("is the host's own when they run as the same user, or every folder on the way is open", async () => {
    await using dir = await tempDir();
    const { home, nodePath, privateDir } = await layout(dir.path);
    expect(await reachableRuntime(nodePath, { user: undefined, privateDir })).toBe(nodePath);
    await chmod(home, 0o711);
    expect(await reachableRuntime(nodePath, { user, privateDir })).toBe(nodePath);
    expect(await readdir(privateDir)).toEqual([]);
  });

  it("is linked to where they can reach it when a folder on the way is closed, once", async () => {
    await using dir = await tempDir();
    const { nodePath, privateDir } = await layout(dir.path);
    const linked = await reachableRuntime(nodePath, { user, privateDir });
    expect(linked.startsWith(join(privateDir, "runtime"))).toBe(true);
    expect((await stat(linked)).ino).toBe((await stat(nodePath)).ino);
    expect(await reachableRuntime(nodePath, { user, privateDir })).toBe(linked);
    expect((await stat(nodePath)).nlink).toBe(2);
  });

  it("is copied when its own mode is closed, and the original keeps it", async () => {
    await using dir = await tempDir();
    const { nodePath, privateDir } = await layout(dir.path, 0o700);
    const copy = await reachableRuntime(nodePath, { user, privateDir });
    expect((await stat(copy)).mode & 0o777).toBe(0o555);
    expect((await stat(nodePath)).mode & 0o777).toBe(0o700);
    expect(await readdir(join(privateDir, "runtime"))).toHaveLength(1);
  });

  it("is asked for with the folder that blocks the way when no copy can be made", async () => {
    await using dir = await tempDir();
    const { home, nodePath } = await layout(dir.path);
    const privateDir = join(dir.path, "none");
    await writeFile(privateDir, "");
    await expect(reachableRuntime(nodePath, { user, privateDir })).rejects.toMatchObject({
      code: "SANDBOX_PATH_BLOCKED",
      details: { path: nodePath, component: home, mode: "0700", user: "guest" },
    });
  });
});
