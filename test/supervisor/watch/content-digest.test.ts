import { execFileSync } from "node:child_process";
import { mkdir, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ContentDigest } from "../../../src/supervisor/watch/content-digest.js";
import { isIgnoredPath } from "../../../src/supervisor/watch/ignored-path.js";
import { walkTree } from "../../../src/supervisor/watch/walk-tree.js";
import { tempDir } from "../../kit/process-temp-dir.js";

const everything = () => false;

describe("ContentDigest", () => {
  it("is the same for the same names and bytes, whatever their times, and another one otherwise", async () => {
    await using dir = await tempDir();
    const contents = new ContentDigest();
    const digest = async () => contents.of(dir.path, (await walkTree(dir.path, everything)).files);
    await writeFile(join(dir.path, "a"), "one");
    const first = await digest();
    await utimes(join(dir.path, "a"), 1, 1);
    expect(await digest()).toBe(first);
    await writeFile(join(dir.path, "a"), "two");
    const second = await digest();
    expect(second).not.toBe(first);
    await writeFile(join(dir.path, "b"), "");
    expect(await digest()).not.toBe(second);
  });

  it("tells a file of 1 MiB from one that differs in its last byte", async () => {
    await using dir = await tempDir();
    const digest = async () => new ContentDigest().of(dir.path, (await walkTree(dir.path, everything)).files);
    const bytes = Buffer.alloc(1024 * 1024);
    await writeFile(join(dir.path, "a"), bytes);
    const first = await digest();
    bytes[bytes.length - 1] = 1;
    await writeFile(join(dir.path, "a"), bytes);
    expect(await digest()).not.toBe(first);
  });

  it("reads no more than its limit: files beyond it count by their times", async () => {
    await using dir = await tempDir();
    const contents = new ContentDigest(4);
    const digest = async () => contents.of(dir.path, (await walkTree(dir.path, everything)).files);
    await writeFile(join(dir.path, "a"), "abc");
    await writeFile(join(dir.path, "b"), "abc");
    const first = await digest();
    await utimes(join(dir.path, "a"), 1, 1);
    expect(await digest()).toBe(first);
    await utimes(join(dir.path, "b"), 1, 1);
    expect(await digest()).not.toBe(first);
  });

  it("waits for no pipe, reads no device, and lives with a file that can't be read", async () => {
    await using dir = await tempDir();
    execFileSync("mkfifo", [join(dir.path, "pipe")]);
    await symlink("/dev/zero", join(dir.path, "zero"));
    await symlink("nowhere", join(dir.path, "broken"));
    const tree = await walkTree(dir.path, everything);
    expect([...tree.files.keys()]).toEqual(["pipe", "zero"]);
    const gone = new Map([["gone", { mark: "m", sizeBytes: 3, isRegular: true }]]);
    const contents = new ContentDigest();
    expect(await contents.of(dir.path, tree.files)).not.toBe(await contents.of(dir.path, gone));
  });
});

describe("walkTree", () => {
  it("stops at its limits and says so", async () => {
    await using dir = await tempDir();
    for (const name of ["a", "b", "c"]) {
      await mkdir(join(dir.path, name));
      await writeFile(join(dir.path, name, "file"), "");
    }
    const whole = await walkTree(dir.path, everything, { maxFiles: 3, maxDirectories: 4 });
    expect([whole.files.size, whole.directories.size, whole.isCut]).toEqual([3, 4, false]);
    const fewFiles = await walkTree(dir.path, everything, { maxFiles: 2, maxDirectories: 10 });
    expect([fewFiles.files.size, fewFiles.isCut]).toEqual([2, true]);
    const fewDirectories = await walkTree(dir.path, everything, { maxFiles: 10, maxDirectories: 2 });
    expect([fewDirectories.directories.size, fewDirectories.isCut]).toEqual([2, true]);
  });
});

describe("isIgnoredPath", () => {
  it("ignores what editors, package managers and compilers leave, and nothing that runs", () => {
    const ignored = [
      "node_modules",
      "dist/node_modules",
      ".git",
      ".main.js.swp",
      "main.js~",
      "#main.js#",
      ".#main.js",
      "4913",
      "main.js.tmp",
      "main.js.orig",
      "main.js___jb_tmp___",
      "out.log",
      "target/debug/incremental",
      "target/release/deps",
    ];
    const kept = [
      "main.js",
      "dist",
      "target",
      "target/release/my-module",
      "incremental",
      "catalog",
      "tmp.js",
      "a#b",
    ];
    expect(ignored.filter((path) => !isIgnoredPath(path))).toEqual([]);
    expect(kept.filter(isIgnoredPath)).toEqual([]);
  });
});
