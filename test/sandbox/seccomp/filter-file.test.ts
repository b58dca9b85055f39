import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { filterFile } from "../../../src/sandbox/seccomp/filter-file.js";
import { filterProgram } from "../../../src/sandbox/seccomp/filter-program.js";
import { tempDir } from "../../kit/process-temp-dir.js";

const policy = { network: false, spawn: false };

describe("filterFile", () => {
  it("holds the program of its policy, to be read by its owner alone", async () => {
    await using dir = await tempDir();
    const path = await filterFile(dir.path, "x64", policy);
    expect(await readFile(path)).toEqual(Buffer.from(filterProgram("x64", policy)));
    expect((await stat(path)).mode & 0o777).toBe(0o400);
  });

  it("is one file per policy and processor", async () => {
    await using dir = await tempDir();
    const paths = await Promise.all(
      ["x64", "arm64"].flatMap((arch) =>
        [false, true].flatMap((network) =>
          [false, true].map((spawn) => filterFile(dir.path, arch, { network, spawn })),
        ),
      ),
    );
    expect(new Set(paths).size).toBe(8);
    expect(await readdir(dir.path)).toHaveLength(8);
  });

  it("is whole for each of many starts at once, and leaves no draft", async () => {
    await using dir = await tempDir();
    const length = filterProgram("x64", policy).length;
    const read = Array.from({ length: 50 }, async () => readFile(await filterFile(dir.path, "x64", policy)));
    expect((await Promise.all(read)).map((bytes) => bytes.length)).toEqual(Array(50).fill(length));
    expect(await readdir(dir.path)).toHaveLength(1);
  });

  it("is written once, not at each start", async () => {
    await using dir = await tempDir();
    const before = await stat(await filterFile(dir.path, "x64", policy), { bigint: true });
    const after = await stat(await filterFile(dir.path, "x64", policy), { bigint: true });
    expect([after.ino, after.ctimeNs]).toEqual([before.ino, before.ctimeNs]);
  });

  it("is replaced when it is not what it is to be", async () => {
    await using dir = await tempDir();
    const path = await filterFile(dir.path, "x64", policy);
    await chmod(path, 0o600);
    await writeFile(path, "allow all");
    await filterFile(dir.path, "x64", policy);
    expect(await readFile(path)).toEqual(Buffer.from(filterProgram("x64", policy)));
  });
});
