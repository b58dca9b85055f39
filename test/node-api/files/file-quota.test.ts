import { mkdir, readdir, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FileService } from "../../../src/node-api/files/file-service.js";
import { expectThreeParts } from "../../kit/ipc-three-parts.js";
import { virtualClock } from "../../kit/ipc-virtual-clock.js";
import { tempDir } from "../../kit/process-temp-dir.js";
import { startFileScene } from "./file-scene.js";

const KIB = 1024;
const block = Buffer.alloc(4 * KIB, 1);
const { signal } = new AbortController();

describe("the limit of bytes", () => {
  it("lets a file in that fits exactly and refuses one byte more, naming used, limit and asked", async () => {
    await using scene = await startFileScene({ fileBytes: 12 * KIB });
    await scene.ask("WriteFile", { path: "a", data: block });
    const refusal = await scene
      .ask("WriteFile", { path: "b", data: Buffer.alloc(8 * KIB + 1) })
      .catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: "QUOTA_EXCEEDED",
      details: { used: 4 * KIB, limit: 12 * KIB, asked: 12 * KIB, unit: "bytes" },
    });
    expectThreeParts((refusal as Error).message);
    expect(await readdir(scene.root)).toEqual(["a"]);
    expect(await scene.ask("WriteFile", { path: "b", data: Buffer.alloc(8 * KIB) })).toBe(true);
  });

  it("counts what a replaced file frees, and never hinders making it smaller", async () => {
    await using scene = await startFileScene({ fileBytes: 12 * KIB });
    await scene.ask("WriteFile", { path: "a", data: Buffer.alloc(12 * KIB) });
    expect(await scene.ask("WriteFile", { path: "a", data: Buffer.alloc(12 * KIB) })).toBe(false);
    expect(await scene.ask("WriteFile", { path: "a", data: block })).toBe(false);
    expect(await scene.ask("WriteFile", { path: "b", data: Buffer.alloc(8 * KIB) })).toBe(true);
    await scene.ask("DeleteFile", { path: "a" });
    expect(await scene.ask("WriteFile", { path: "c", data: block })).toBe(true);
  });

  it("is not passed by writes at the same time", async () => {
    await using scene = await startFileScene({ fileBytes: 40 * KIB });
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, n) => scene.codeOf("WriteFile", { path: `f${n}`, data: block })),
    );
    expect(outcomes.filter((outcome) => outcome === true)).toHaveLength(10);
    expect(outcomes.filter((outcome) => outcome === "QUOTA_EXCEEDED")).toHaveLength(20);
    expect(await readdir(scene.root)).toHaveLength(10);
  });

  it("counts nothing through links, and of holes nothing", async () => {
    await using scene = await startFileScene({ fileBytes: 64 * KIB });
    await writeFile(join(scene.outside, "large"), Buffer.alloc(1024 * KIB, 1));
    await symlink(scene.outside, scene.at("link"));
    await writeFile(scene.at("hole"), "");
    await truncate(scene.at("hole"), 2 ** 40);
    expect(await scene.ask("WriteFile", { path: "file", data: Buffer.alloc(32 * KIB) })).toBe(true);
    expect(await scene.ask("FilesystemQuota")).toMatchObject({ used_inodes: 3 });
  });

  it("asks for room for the directories that a file needs", async () => {
    await using scene = await startFileScene({ fileBytes: 12 * KIB });
    expect(await scene.codeOf("WriteFile", { path: "a/b/file", data: Buffer.alloc(8 * KIB) })).toBe(
      "QUOTA_EXCEEDED",
    );
    expect(await scene.codeOf("CreateDirectory", { path: "a/b/c/d" })).toBe("QUOTA_EXCEEDED");
    expect(await readdir(scene.root)).toEqual([]);
    expect(await scene.ask("WriteFile", { path: "a/b/file", data: block })).toBe(true);
  });

  it("counts what the module wrote by itself", async () => {
    await using scene = await startFileScene({ fileBytes: 16 * KIB });
    await writeFile(scene.at("own"), Buffer.alloc(16 * KIB, 1));
    expect(await scene.codeOf("WriteFile", { path: "a", data: block })).toBe("QUOTA_EXCEEDED");
  });
});

describe("the limit of files and directories (H45)", () => {
  it("counts each name, and a directory that is made for a file too", async () => {
    await using scene = await startFileScene({ inodes: 3 });
    expect(await scene.codeOf("WriteFile", { path: "a/b/c/d", data: block })).toBe("QUOTA_EXCEEDED");
    expect(await readdir(scene.root)).toEqual([]);
    expect(await scene.ask("WriteFile", { path: "a/b/c", data: block })).toBe(true);
    expect(await scene.ask("WriteFile", { path: "a/b/c", data: block })).toBe(false);
    expect(await scene.codeOf("CreateDirectory", { path: "d" })).toBe("QUOTA_EXCEEDED");
    await scene.ask("DeleteFile", { path: "a/b/c" });
    expect(await scene.ask("CreateDirectory", { path: "d" })).toBe(true);
  });

  it("ends the count of a directory with far more of them", async () => {
    await using scene = await startFileScene({ inodes: 10 });
    for (let n = 0; n < 200; n++) await writeFile(scene.at(String(n)), "");
    expect(await scene.codeOf("WriteFile", { path: "a", data: block })).toBe("QUOTA_EXCEEDED");
    expect(await scene.ask("FilesystemQuota")).toMatchObject({ used_inodes: 11, limit_inodes: 10 });
  });
});

describe("FilesystemQuota", () => {
  it("tells what is used and allowed, without what is the node's own", async () => {
    await using scene = await startFileScene({ fileBytes: 100 * KIB, inodes: 20 });
    await scene.ask("WriteFile", { path: "a/file", data: Buffer.alloc(5 * KIB) });
    await mkdir(scene.at(".storage"));
    await writeFile(scene.at(".storage/000001.log"), Buffer.alloc(50 * KIB));
    const { blocks } = await stat(scene.at("a"));
    expect(await scene.ask("FilesystemQuota")).toEqual({
      used_bytes: 8 * KIB + blocks * 512,
      limit_bytes: 100 * KIB,
      used_inodes: 2,
      limit_inodes: 20,
    });
  });
});

describe("what a killed host left half written", () => {
  it("is removed before the next write, wherever it lies, and counts for nothing", async () => {
    await using scene = await startFileScene({ fileBytes: 16 * KIB });
    await mkdir(scene.at("a/b"), { recursive: true });
    for (const folder of ["", "a", "a/b"]) {
      await writeFile(scene.at(folder, ".blvm-write-0123456789abcdef"), Buffer.alloc(64 * KIB, 1));
    }
    expect(await scene.ask("WriteFile", { path: "a/file", data: block })).toBe(true);
    expect((await readdir(scene.root, { recursive: true })).sort()).toEqual(["a", "a/b", "a/file"]);
  });
});

/** The files of one module on a disk that has so much room, with a clock that the test moves. */
async function onDisk(free: { bytes: number; inodes: number | undefined }, fileBytes = 64 * KIB) {
  const dir = await tempDir();
  const clock = virtualClock();
  const service = new FileService(
    {
      dataDirOf: () => dir.path,
      limitsOf: () => ({ storageBytes: 0, fileBytes, inodes: 100 }),
      scheduler: clock.scheduler,
    },
    { readFreeSpace: async () => free },
  );
  return { files: service.of("probe"), service, clock, dir };
}

describe("the host's own reserve on the disk (H45)", () => {
  const MIB = KIB * KIB;

  it.each([
    ["bytes", { bytes: 64 * MIB + 4 * KIB - 1, inodes: undefined }],
    ["files", { bytes: 100 * MIB, inodes: 999 }],
  ])("is left to it: %s", async (_, free) => {
    const { files, dir } = await onDisk(free);
    await using _dir = dir;
    const refusal = await files.write("a", block, signal).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "FILE_FAILED", retryable: true });
    expect((refusal as Error).message).toContain("the node keeps");
    expect(await files.makeDirectory("b", signal).catch(({ code }) => code)).toBe("FILE_FAILED");
    await writeFile(join(dir.path, "old"), block);
    expect(await files.remove("old", signal)).toBe(true);
  });

  it("hinders nothing where there is enough", async () => {
    const { files, dir } = await onDisk({ bytes: 64 * MIB + 4 * KIB, inodes: 1000 });
    await using _dir = dir;
    expect(await files.write("a", block, signal)).toBe(true);
  });
});

describe("the measuring of what is used", () => {
  const roomy = { bytes: 2 ** 40, inodes: undefined };

  it("is done again before anything is refused, and when it is five seconds old", async () => {
    const { files, dir, clock } = await onDisk(roomy, 16 * KIB);
    await using _dir = dir;
    await files.write("a", Buffer.alloc(12 * KIB), signal);
    // The module's own doing, which the node doesn't see.
    await rm(join(dir.path, "a"));
    expect(await files.write("b", Buffer.alloc(12 * KIB), signal)).toBe(true);
    await writeFile(join(dir.path, "c"), Buffer.alloc(16 * KIB, 1));
    expect(await files.write("d", block, signal)).toBe(true);
    await rm(join(dir.path, "d"));
    clock.advanceMs(5000);
    expect(await files.write("d", block, signal).catch(({ code }) => code)).toBe("QUOTA_EXCEEDED");
  });
});

describe("the files of a host that closes", () => {
  it("finish what is under way and refuse the rest", async () => {
    const { files, service, dir } = await onDisk({ bytes: 2 ** 40, inodes: undefined });
    await using _dir = dir;
    const writes = Array.from({ length: 5 }, (_, n) =>
      files.write(`f${n}`, block, signal).catch(({ code }) => code),
    );
    await service.close();
    expect(await Promise.all(writes)).toEqual([true, ...Array.from({ length: 4 }, () => "FILE_FAILED")]);
    expect(await readdir(dir.path)).toEqual(["f0"]);
    expect(await files.read("f0", signal).catch(({ code }) => code)).toBe("FILE_FAILED");
  });

  it("are refused where open folders can't be reached", () => {
    const service = new FileService(
      { dataDirOf: () => "/nowhere", limitsOf: () => ({ storageBytes: 0, fileBytes: 0, inodes: 0 }) },
      { hasDescriptorPaths: false },
    );
    expect(() => service.of("probe")).toThrow(expect.objectContaining({ code: "FILE_FAILED" }));
  });

  it("drop what waits for a connection that is gone", async () => {
    const { files, dir } = await onDisk({ bytes: 2 ** 40, inodes: undefined });
    await using _dir = dir;
    const connection = new AbortController();
    const writes = Array.from({ length: 5 }, (_, n) =>
      files.write(`f${n}`, block, connection.signal).catch(({ code }) => code),
    );
    connection.abort();
    expect((await Promise.all(writes)).filter((outcome) => outcome === true)).toHaveLength(1);
    expect(await readdir(dir.path)).toEqual(["f0"]);
  });
});
