import { execFileSync } from "node:child_process";
import { chmod, chown, link, lstat, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { handOver } from "../../src/security/index.js";
import { isNotRoot, nobody } from "../kit/host-forms.js";
import { tempDir } from "../kit/process-temp-dir.js";

const roomy = { maxEntries: 100, maxDepth: 10 };

async function owners(folder: string, paths: readonly string[]): Promise<Record<string, number>> {
  const found = paths.map(async (path) => [path, (await lstat(join(folder, path))).uid] as const);
  return Object.fromEntries(await Promise.all(found));
}

describe.skipIf(isNotRoot("giving files away"))("handOver", () => {
  it("gives a whole tree away, setuid bits taken off", async () => {
    await using dir = await tempDir();
    await mkdir(join(dir.path, "a", "b"), { recursive: true });
    await writeFile(join(dir.path, "a", "b", "file"), "");
    await writeFile(join(dir.path, "a", "program"), "");
    await chmod(join(dir.path, "a", "program"), 0o4755);
    await chmod(dir.path, 0o555);
    expect(await handOver(dir.path, nobody, roomy)).toEqual({ isDone: true, entries: 5, left: [] });
    expect(Object.values(await owners(dir.path, ["", "a", "a/b", "a/b/file", "a/program"]))).toEqual(
      Array.from({ length: 5 }, () => nobody.uid),
    );
    expect((await lstat(join(dir.path, "a", "program"))).mode & 0o7777).toBe(0o755);
    expect((await lstat(dir.path)).mode & 0o777).toBe(0o755);
    expect(await handOver(dir.path, nobody, roomy)).toEqual({ isDone: true, entries: 0, left: [] });
  });

  it("leaves what may be somebody else's, and says what", async () => {
    await using dir = await tempDir();
    const at = (name: string) => join(dir.path, "own", name);
    await mkdir(at("inner"), { recursive: true });
    await writeFile(join(dir.path, "secret"), "");
    await link(join(dir.path, "secret"), at("inner/linked"));
    await symlink(join(dir.path, "secret"), at("pointing"));
    await symlink(dir.path, at("out"));
    execFileSync("mkfifo", [at("pipe")]);
    execFileSync("sh", ["-c", 'touch "$0/$(printf "\\377")"', at("inner")]);
    await writeFile(at("foreign"), "");
    await chown(at("foreign"), 4321, 4321);
    const outcome = await handOver(join(dir.path, "own"), nobody, roomy);
    const left = outcome.isDone ? outcome.left.map((path) => path.slice(dir.path.length + 5)).toSorted() : [];
    expect(left).toEqual(["inner/linked", "inner/\ufffd", "out", "pipe", "pointing"].toSorted());
    expect(await owners(dir.path, ["secret", "own/foreign", "own/inner", "own/pipe", ""])).toEqual({
      secret: 0,
      "own/foreign": 4321,
      "own/inner": nobody.uid,
      "own/pipe": 0,
      "": 0,
    });
  });

  it("refuses a tree that is too large or too deep, and begins anew when it isn't any more", async () => {
    await using dir = await tempDir();
    await mkdir(join(dir.path, "a", "b", "c"), { recursive: true });
    await writeFile(join(dir.path, "file"), "");
    const refused = async (limits: typeof roomy) => {
      expect(await handOver(dir.path, nobody, limits)).toMatchObject({ isDone: false });
      expect((await lstat(dir.path)).uid).toBe(0);
      return handOver(dir.path, nobody, limits);
    };
    expect(await refused({ maxEntries: 3, maxDepth: 10 })).toMatchObject({
      reason: "it holds more than 3 files and folders",
    });
    expect(await refused({ maxEntries: 4, maxDepth: 2 })).toMatchObject({
      reason: "it has folders deeper than 2 levels",
    });
    expect(await handOver(dir.path, nobody, { maxEntries: 4, maxDepth: 3 })).toMatchObject({ isDone: true });
    expect(Object.values(await owners(dir.path, ["", "a/b/c", "file"]))).toEqual([65534, 65534, 65534]);
  });

  it("refuses links and other users' folders", async () => {
    await using dir = await tempDir();
    await mkdir(join(dir.path, "real"));
    await symlink("real", join(dir.path, "link"));
    expect(await handOver(join(dir.path, "link"), nobody)).toMatchObject({ isDone: false });
    await chown(join(dir.path, "real"), 4321, 4321);
    expect(await handOver(join(dir.path, "real"), nobody)).toEqual({
      isDone: false,
      reason: "it belongs to user 4321",
    });
    expect(await handOver(join(dir.path, "absent"), nobody)).toMatchObject({ isDone: false });
  });
});
