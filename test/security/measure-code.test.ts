import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmod,
  mkdir,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CodeLimits, codeLimits } from "../../src/security/code-budget.js";
import { measureCode } from "../../src/security/measure-code.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { timeLimitMs } from "../kit/time-limit.js";
import { writeFiles } from "./signed-module.js";

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function measure(directory: string, entry: string, limits?: CodeLimits) {
  const place = { module: "probe", directory, entryPath: join(directory, entry) };
  return measureCode(place, limits === undefined ? {} : { limits });
}

const tree = {
  "dist/index.js": "import './lib/a.js'",
  "dist/lib/a.js": "1",
  "dist/lib-b.js": "22",
  "dist/ü.txt": "",
};

describe("measureCode of a file", () => {
  it("is the SHA-256 of its bytes and their number", async () => {
    await using dir = await tempDir();
    const bytes = Buffer.alloc(1_000_003, "abc");
    await writeFiles(dir.path, { "main.mjs": bytes });
    expect(await measure(dir.path, "main.mjs")).toEqual({
      kind: "file",
      hash: sha256(bytes),
      sizeBytes: bytes.length,
      moduleType: "unspecified",
      runPath: join(dir.path, "main.mjs"),
    });
  });

  it("is refused where the limit ends, before it is read when its size says so", async () => {
    await using dir = await tempDir();
    await writeFiles(dir.path, { "main.js": "12345" });
    expect(await measure(dir.path, "main.js", limits({ maxBytes: 5 }))).toMatchObject({ sizeBytes: 5 });
    await expect(measure(dir.path, "main.js", limits({ maxBytes: 4 }))).rejects.toMatchObject({
      code: "CODE_TOO_LARGE",
      details: { limit: 4, unit: "bytes" },
    });
    await truncate(join(dir.path, "main.js"), 2 ** 40);
    const startMs = performance.now();
    await expect(measure(dir.path, "main.js")).rejects.toMatchObject({ code: "CODE_TOO_LARGE" });
    expect(performance.now() - startMs).toBeLessThan(timeLimitMs(500));
  });
});

describe("measureCode of a directory", () => {
  it("is the SHA-256 of a list that anyone can make", async () => {
    await using dir = await tempDir();
    await writeFiles(dir.path, tree);
    await mkdir(join(dir.path, "dist/empty"));
    await chmod(join(dir.path, "dist/lib/a.js"), 0o755);
    const list = [
      ["directory", "empty"],
      ["file", "index.js", "-", 19, sha256(tree["dist/index.js"])],
      ["directory", "lib"],
      ["file", "lib-b.js", "-", 2, sha256("22")],
      ["file", "lib/a.js", "x", 1, sha256("1")],
      ["file", "ü.txt", "-", 0, sha256("")],
    ];
    expect(await measure(dir.path, "dist")).toEqual({
      kind: "directory",
      hash: sha256(list.map((line) => `${JSON.stringify(line)}\n`).join("")),
      sizeBytes: 22,
      moduleType: "unspecified",
      runPath: join(dir.path, "dist/index.js"),
    });
  });

  it("changes with every name, byte, execute bit and folder, and with nothing else", async () => {
    await using dir = await tempDir();
    await writeFiles(dir.path, tree);
    const at = (name: string) => join(dir.path, "dist", name);
    const hashes = [(await measure(dir.path, "dist")).hash];
    const note = async () => hashes.push((await measure(dir.path, "dist")).hash);
    await rename(at("lib-b.js"), at("lib-c.js"));
    await note();
    await writeFile(at("lib-c.js"), "2x");
    await note();
    await chmod(at("lib-c.js"), 0o700);
    await note();
    await mkdir(at("empty"));
    await note();
    await rename(at("lib-c.js"), at("empty/lib-c.js"));
    await note();
    expect(new Set(hashes).size).toBe(hashes.length);

    await chmod(at("empty/lib-c.js"), 0o755);
    await chmod(at("lib"), 0o700);
    await utimes(at("index.js"), 1, 1);
    await rm(at("ü.txt"));
    await writeFile(at("ü.txt"), "");
    expect((await measure(dir.path, "dist")).hash).toBe(hashes.at(-1));
  });

  it.each([
    ["dist/index.js", { "dist/index.js": "", "dist/index.mjs": "" }],
    ["dist/index.mjs", { "dist/index.mjs": "", "dist/index.cjs": "" }],
    ["dist/index.cjs", { "dist/index.cjs": "" }],
  ])("is run by %s", async (index, files) => {
    await using dir = await tempDir();
    await writeFiles(dir.path, files);
    expect((await measure(dir.path, "dist")).runPath).toBe(join(dir.path, index));
  });

  it("is refused without an index, and when the index is a directory (H68)", async () => {
    await using dir = await tempDir();
    await writeFiles(dir.path, { "dist/main.js": "", "other/index.js/a": "" });
    for (const entry of ["dist", "other"]) {
      await expect(measure(dir.path, entry)).rejects.toMatchObject({
        code: "BAD_BINARY",
        message: expect.stringContaining("without index.js"),
      });
    }
  });

  it("is refused one entry, one byte or one level above the limits", async () => {
    await using dir = await tempDir();
    await writeFiles(dir.path, { "dist/index.js": "123", "dist/a/b/c.js": "45" });
    const exact = { maxEntries: 4, maxBytes: 5, maxDepth: 2 };
    expect(await measure(dir.path, "dist", exact)).toMatchObject({ sizeBytes: 5 });
    for (const [key, value] of Object.entries(exact)) {
      await expect(measure(dir.path, "dist", { ...exact, [key]: value - 1 })).rejects.toMatchObject({
        code: "CODE_TOO_LARGE",
        details: { limit: value - 1 },
      });
    }
  });

  it("may have 10,000 entries, 512 MiB and 32 levels", async () => {
    expect(codeLimits).toEqual({ maxEntries: 10_000, maxBytes: 512 * 1024 * 1024, maxDepth: 32 });
    await using dir = await tempDir();
    await writeFiles(dir.path, { "dist/index.js": "", [`dist/${"d/".repeat(33)}index.js`]: "" });
    await expect(measure(dir.path, "dist")).rejects.toMatchObject({
      code: "CODE_TOO_LARGE",
      details: { limit: 32, unit: "levels" },
    });
  });

  it("refuses links, pipes, sockets and names that are no UTF-8, and waits for none", async () => {
    await using dir = await tempDir();
    const at = (name: string) => join(dir.path, "dist", name);
    const refused = async (word: string) => {
      await expect(measure(dir.path, "dist")).rejects.toMatchObject({
        code: "BAD_BINARY",
        message: expect.stringContaining(word),
      });
    };
    await writeFiles(dir.path, { "dist/index.js": "", "outside/a.js": "" });
    await symlink("index.js", at("odd"));
    await refused("symbolic link");
    await rm(at("odd"));
    await symlink(join(dir.path, "outside"), at("odd"));
    await refused("symbolic link");
    await rm(at("odd"));
    execFileSync("mkfifo", [at("odd")]);
    await refused("no regular file");
    await rm(at("odd"));
    const server = createServer().listen(at("odd"));
    await new Promise((listening) => server.once("listening", listening));
    await refused("no regular file");
    await new Promise((closed) => server.close(closed));
    await writeFile(Buffer.concat([Buffer.from(at("odd")), Buffer.from([0xff])]), "");
    await refused("no UTF-8");
  });
});

describe("measureCode", () => {
  it.each([
    ["is not there", "absent.js", "can't be read"],
    ["is a pipe", "pipe", "no regular file"],
    ["is a link to a file beside it", "link.js", "symbolic link"],
    ["lies behind a linked directory", "linked/index.js", "symbolic link"],
    ["is the module's directory", ".", "outside"],
    ["lies above it", "../probe.js", "outside"],
  ])("refuses an entry point that %s (H68)", async (_, entry, word) => {
    await using dir = await tempDir();
    await writeFiles(dir.path, { "real.js": "", "dist/index.js": "" });
    execFileSync("mkfifo", [join(dir.path, "pipe")]);
    await symlink("real.js", join(dir.path, "link.js"));
    await symlink("dist", join(dir.path, "linked"));
    await expect(measure(dir.path, entry)).rejects.toMatchObject({
      code: "BAD_BINARY",
      message: expect.stringContaining(word),
    });
  });

  it("leaves no descriptor open, whether it succeeds or fails", async () => {
    await using dir = await tempDir();
    await writeFiles(dir.path, { "dist/index.js": "", "dist/a/b/c.js": "", "bad/a/b.js": "" });
    await symlink("b.js", join(dir.path, "bad/a/link"));
    const openBelow = async () => {
      const descriptors = await readdir("/proc/self/fd");
      const targets = descriptors.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => ""));
      return (await Promise.all(targets)).filter((target) => target.startsWith(dir.path));
    };
    for (let round = 0; round < 3; round++) {
      await measure(dir.path, "dist");
      await measure(dir.path, "bad").catch(() => {});
      await measure(dir.path, "absent").catch(() => {});
    }
    expect(await openBelow()).toEqual([]);
  });
});

function limits(some: Partial<CodeLimits>): CodeLimits {
  return { maxEntries: 100, maxBytes: 100, maxDepth: 100, ...some };
}
