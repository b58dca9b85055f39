import { execFileSync, spawnSync } from "node:child_process";
import { lstatSync } from "node:fs";
import { link, mkdir, readdir, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { measureDirectory } from "../../src/security/index.js";
import { tempDir } from "../kit/process-temp-dir.js";

const MIB = 1024 * 1024;

/** What du says, without the directory itself. */
function duBytes(path: string): number {
  const text = execFileSync("du", ["-s", "-x", "--block-size=512", path], { encoding: "utf8" });
  return (Number(text.split("\t")[0]) - lstatSync(path).blocks) * 512;
}

describe("measureDirectory", () => {
  it("agrees with du on any tree", async () => {
    const paths = fc.uniqueArray(fc.stringMatching(/^[ab]\/[ab]\/[a-d]$|^[ab]\/[e-h]$|^[i-k]$/), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(paths, fc.nat(200_000), async (files, size) => {
        await using dir = await tempDir();
        for (const file of files) {
          await mkdir(join(dir.path, file, ".."), { recursive: true });
          await writeFile(join(dir.path, file), Buffer.alloc(size, 7));
        }
        expect(await measureDirectory(dir.path)).toMatchObject({
          sizeBytes: duBytes(dir.path),
          isComplete: true,
        });
      }),
      { numRuns: 15 },
    );
  });

  it("counts a file of several names once, and of a hole nothing", async () => {
    await using dir = await tempDir();
    await writeFile(join(dir.path, "file"), Buffer.alloc(MIB, 1));
    await link(join(dir.path, "file"), join(dir.path, "again"));
    await writeFile(join(dir.path, "hole"), "");
    await truncate(join(dir.path, "hole"), 2 ** 40);
    expect((await measureDirectory(dir.path))?.sizeBytes).toBe(duBytes(dir.path));
  });

  it("follows no link, neither to a file, nor to a directory, nor to itself", async () => {
    await using outside = await tempDir();
    await using dir = await tempDir();
    await writeFile(join(outside.path, "large"), Buffer.alloc(MIB, 1));
    await symlink(outside.path, join(dir.path, "folder"));
    await symlink(join(outside.path, "large"), join(dir.path, "file"));
    await symlink(dir.path, join(dir.path, "self"));
    const size = await measureDirectory(dir.path);
    expect(size?.isComplete).toBe(true);
    expect(size?.sizeBytes).toBeLessThan(MIB / 2);
  });

  it("does not measure a directory that is itself a link, a file, or not there", async () => {
    await using dir = await tempDir();
    await mkdir(join(dir.path, "real"));
    await symlink(join(dir.path, "real"), join(dir.path, "link"));
    await writeFile(join(dir.path, "file"), "x");
    for (const name of ["link", "file", "nothing"]) {
      expect(await measureDirectory(join(dir.path, name)), name).toBeUndefined();
    }
  });

  it("counts files whose names are no text, and is held up by no pipe", async () => {
    await using dir = await tempDir();
    const name = Buffer.concat([Buffer.from(`${dir.path}/`), Buffer.from([0x66, 0xff, 0xfe, 0x0a])]);
    await writeFile(name, Buffer.alloc(MIB, 1));
    spawnSync("mkfifo", [join(dir.path, "pipe")]);
    expect(await readdir(dir.path)).toHaveLength(2);
    expect((await measureDirectory(dir.path))?.sizeBytes).toBeGreaterThanOrEqual(MIB);
  });

  it("ends at its limit of entries and says so", async () => {
    await using dir = await tempDir();
    for (let n = 0; n < 30; n++) await writeFile(join(dir.path, String(n)), Buffer.alloc(4096, 1));
    const cut = await measureDirectory(dir.path, { maxEntries: 10 });
    const whole = await measureDirectory(dir.path, { maxEntries: 31 });
    expect(whole).toMatchObject({ isComplete: true });
    expect(cut?.isComplete).toBe(false);
    expect(cut?.sizeBytes).toBe((whole?.sizeBytes ?? 0) / 3);
  });

  it("looks no deeper than its limit and holds no descriptor afterwards", async () => {
    await using dir = await tempDir();
    const deep = join(dir.path, ...Array.from({ length: 100 }, () => "d"));
    await mkdir(deep, { recursive: true });
    await writeFile(join(deep, "file"), Buffer.alloc(MIB, 1));
    const held = async () => (await readdir("/proc/self/fd")).length;
    const before = await held();
    const cut = await measureDirectory(dir.path);
    expect(cut?.isComplete).toBe(false);
    expect(cut?.sizeBytes).toBeLessThan(MIB);
    expect(await measureDirectory(dir.path, { maxDepth: 101 })).toMatchObject({ isComplete: true });
    expect(await held()).toBe(before);
  });

  it("ends soon after it is aborted", async () => {
    await using dir = await tempDir();
    for (let n = 0; n < 200; n++) await writeFile(join(dir.path, String(n)), "");
    const aborter = new AbortController();
    const measuring = measureDirectory(dir.path, { signal: aborter.signal });
    aborter.abort();
    expect(await measuring).toMatchObject({ isComplete: false });
  });

  it("is not led out of the directory by links that are put in the place of directories", async () => {
    await using outside = await tempDir();
    await using dir = await tempDir();
    for (let n = 0; n < 20; n++) await writeFile(join(outside.path, String(n)), Buffer.alloc(MIB / 4, 1));
    const [inside, link, aside] = ["inside", "link", "aside"].map((name) => join(dir.path, name)) as [
      string,
      string,
      string,
    ];
    await mkdir(inside);
    await symlink(outside.path, link);
    let isOver = false;
    const swapping = (async () => {
      while (!isOver) {
        await rename(inside, aside);
        await rename(link, inside);
        await rename(inside, link);
        await rename(aside, inside);
      }
    })();
    for (let n = 0; n < 200; n++) {
      const size = await measureDirectory(dir.path);
      expect(size?.isComplete).toBe(true);
      expect(size?.sizeBytes).toBeLessThan(MIB / 4);
    }
    isOver = true;
    await swapping;
  });

  it("counts the folders that are too deep to be looked into", async () => {
    await using dir = await tempDir();
    await mkdir(join(dir.path, "a/b/c"), { recursive: true });
    await mkdir(join(dir.path, "a/b/d"));
    expect(await measureDirectory(dir.path, { maxDepth: 1 })).toMatchObject({
      ...{ entries: 2, isComplete: false, hiddenFolders: 1 },
    });
    expect(await measureDirectory(dir.path)).toMatchObject({ isComplete: true, hiddenFolders: 0 });
  });

  it("bears a directory that vanishes meanwhile", async () => {
    await using dir = await tempDir();
    for (let n = 0; n < 50; n++) {
      await mkdir(join(dir.path, String(n)));
      await writeFile(join(dir.path, String(n), "file"), "x");
    }
    const [size] = await Promise.all([
      measureDirectory(dir.path),
      ...Array.from({ length: 50 }, (_, n) =>
        rm(join(dir.path, String(n)), { recursive: true, force: true }),
      ),
    ]);
    expect(size?.sizeBytes).toBeLessThanOrEqual(50 * 2 * 4096);
  });
});
