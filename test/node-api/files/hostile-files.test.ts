import { spawnSync } from "node:child_process";
import { linkSync } from "node:fs";
import {
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { EngineError } from "../../../src/errors.js";
import type { RequestName } from "../../../src/requests/index.js";
import { expectThreeParts } from "../../kit/ipc-three-parts.js";
import { type FileScene, startFileScene } from "./file-scene.js";

const data = Uint8Array.of(1, 2, 3);
const ofFiles: readonly RequestName[] = ["ReadFile", "WriteFile", "DeleteFile", "GetFileMetadata"];
const ofPaths: readonly RequestName[] = [...ofFiles, "ListDirectory", "CreateDirectory"];
const SECRET = "the secret outside";

/** What each request of a path is refused with. */
async function refusals(
  scene: FileScene,
  path: string,
  requests = ofPaths,
): Promise<Record<string, unknown>> {
  const codes: Record<string, unknown> = {};
  for (const type of requests) {
    const refusal = await scene.ask(type, { path, data }).then(
      (answer) => ({ code: answer, message: "answered, not refused; look at the test" }),
      (error: EngineError) => error,
    );
    codes[type] = refusal.code;
    expectThreeParts(refusal.message);
    expect(refusal.message).not.toContain(scene.outside);
    expect(refusal.message).not.toContain("/proc/");
  }
  return codes;
}

function all(code: string, requests = ofPaths) {
  return Object.fromEntries(requests.map((type) => [type, code]));
}

/** A folder outside with a secret in it, which nothing may read, change or add to. */
async function plantSecret(scene: FileScene) {
  await mkdir(join(scene.outside, "folder"));
  await writeFile(join(scene.outside, "secret"), SECRET);
  await writeFile(join(scene.outside, "folder", "secret"), SECRET);
  return async () => {
    expect((await readdir(scene.outside, { recursive: true })).sort()).toEqual([
      "folder",
      "folder/secret",
      "secret",
    ]);
    for (const name of ["secret", "folder/secret"]) {
      expect(await readFile(join(scene.outside, name), "utf8")).toBe(SECRET);
    }
  };
}

describe("a path that names nothing below the directory (H41)", () => {
  it.each([
    ["the folder above", ".."],
    ["a file above", "../outside/secret"],
    ["a file above by a way down", "a/../../outside/secret"],
    ["an absolute path", "/etc/passwd"],
    ["the root", "/"],
    ["a NUL at the end", "file\0"],
    ["a NUL after something harmless", "file\0/../../secret"],
    ["a name of 300 bytes", "x".repeat(300)],
    ["a name of 256 bytes in 64 characters", "😀".repeat(64)],
    ["the directory by its dot", "."],
    ["a dot on the way", "a/./file"],
    ["an empty part", "a//file"],
    ["a slash at the end", "a/"],
    ["backslashes", "..\\..\\secret"],
    ["33 parts", Array.from({ length: 33 }, () => "d").join("/")],
    ["more than 4096 bytes", `${"d/".repeat(2100)}f`],
    ["the node's own folder", ".storage/000001.log"],
    ["the node's own folder in capitals", ".STORAGE/x"],
    ["a file that is being written", "a/.blvm-write-0123456789abcdef"],
  ])("is BAD_PATH for each request: %s", async (_, path) => {
    await using scene = await startFileScene();
    await mkdir(scene.at("a"));
    await mkdir(scene.at(".storage"));
    const isUntouched = await plantSecret(scene);
    expect(await refusals(scene, path)).toEqual(all("BAD_PATH"));
    expect((await readdir(scene.root, { recursive: true })).sort()).toEqual([".storage", "a"]);
    await isUntouched();
  });

  it("is BAD_PATH when it is empty and a name is needed", async () => {
    await using scene = await startFileScene();
    const named = ofPaths.filter((type) => type !== "ListDirectory" && type !== "GetFileMetadata");
    expect(await refusals(scene, "", named)).toEqual(all("BAD_PATH", named));
  });

  it("is told without characters that steer a terminal, and not at length", async () => {
    await using scene = await startFileScene();
    const refusal = (await scene
      .ask("ReadFile", { path: `/\u001b[2J\u202e${"x".repeat(8000)}` })
      .catch((error: unknown) => error)) as EngineError;
    expect(refusal.message.length).toBeLessThan(600);
    expect(refusal.message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe("a link (H42)", () => {
  it.each([
    ["to a file outside", "../../outside/secret"],
    ["to a file inside", "real"],
    ["to nothing", "../../outside/new"],
    ["to a folder outside", "../../outside/folder"],
    ["to itself", "link"],
    ["to a descriptor of the host", "/proc/self/fd/0"],
    ["to the root", "/"],
  ])("is refused for each request and left as it is: %s", async (_, target) => {
    await using scene = await startFileScene();
    const isUntouched = await plantSecret(scene);
    await writeFile(scene.at("real"), "real");
    await symlink(target, scene.at("link"));
    expect(await refusals(scene, "link")).toEqual(all("SYMLINK_REFUSED"));
    expect(await refusals(scene, "link/secret")).toEqual(all("SYMLINK_REFUSED"));
    expect(await refusals(scene, "link/new/file")).toEqual(all("SYMLINK_REFUSED"));
    expect((await readdir(scene.root)).sort()).toEqual(["link", "real"]);
    expect(await readFile(scene.at("real"), "utf8")).toBe("real");
    await isUntouched();
  });

  it("is refused in the place of the data directory itself", async () => {
    await using scene = await startFileScene();
    const isUntouched = await plantSecret(scene);
    await rename(scene.root, `${scene.root}.aside`);
    await symlink(scene.outside, scene.root);
    expect(await refusals(scene, "secret")).toEqual(all("FILE_FAILED"));
    expect(await scene.codeOf("ListDirectory", { path: "" })).toBe("FILE_FAILED");
    expect(await scene.codeOf("FilesystemQuota")).toBe("FILE_FAILED");
    await isUntouched();
  });
});

describe("what is neither file nor directory (H43)", () => {
  it("is refused for each request, at once, while a plain file is read", { timeout: 10_000 }, async () => {
    await using scene = await startFileScene();
    await writeFile(scene.at("file"), "plain");
    spawnSync("mkfifo", [scene.at("pipe")]);
    const socket = createServer();
    await new Promise<void>((resolve) => socket.listen(scene.at("socket"), resolve));
    for (const name of ["pipe", "socket"]) {
      expect(await refusals(scene, name)).toEqual(all("NOT_REGULAR"));
      expect(await refusals(scene, `${name}/file`)).toEqual(all("NOT_REGULAR"));
    }
    // More than the threads of the pool: one that waits in a pipe would never come back.
    const reads = Array.from({ length: 16 }, () => scene.codeOf("ReadFile", { path: "pipe" }));
    expect(await scene.ask("ReadFile", { path: "file" })).toEqual(Buffer.from("plain"));
    expect(new Set(await Promise.all(reads))).toEqual(new Set(["NOT_REGULAR"]));
    socket.close();
  });

  it("is refused where it is a directory, for requests of files", async () => {
    await using scene = await startFileScene();
    await mkdir(scene.at("folder"));
    for (const type of ["ReadFile", "WriteFile", "DeleteFile"] as const) {
      expect(await scene.codeOf(type, { path: "folder", data })).toBe("NOT_REGULAR");
    }
  });
});

describe("a file of a size that can't be (H44)", () => {
  it("is TOO_LARGE before anything is read, and deleted or replaced all the same", async () => {
    await using scene = await startFileScene();
    await writeFile(scene.at("sparse"), "");
    await truncate(scene.at("sparse"), 2 ** 40);
    const before = process.memoryUsage().arrayBuffers;
    const refusal = (await scene
      .ask("ReadFile", { path: "sparse" })
      .catch((error: unknown) => error)) as EngineError;
    expect(refusal).toMatchObject({
      code: "TOO_LARGE",
      details: { found: 2 ** 40, limit: 32 * 1024 * 1024 },
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
    expect(await scene.ask("GetFileMetadata", { path: "sparse" })).toMatchObject({ size: 2 ** 40 });
    expect(await scene.ask("WriteFile", { path: "sparse", data })).toBe(false);
    expect(await scene.ask("DeleteFile", { path: "sparse" })).toBe(true);
  });

  it("is read up to the limit and not a byte beyond", async () => {
    await using scene = await startFileScene();
    await writeFile(scene.at("file"), "");
    await truncate(scene.at("file"), 32 * 1024 * 1024);
    expect(((await scene.ask("ReadFile", { path: "file" })) as Buffer).length).toBe(32 * 1024 * 1024);
    await truncate(scene.at("file"), 32 * 1024 * 1024 + 1);
    expect(await scene.codeOf("ReadFile", { path: "file" })).toBe("TOO_LARGE");
  });

  it("is read as long as it was when it was opened, however fast it grows", async () => {
    await using scene = await startFileScene();
    await using file = await open(scene.at("file"), "a");
    await file.write(Buffer.alloc(1000, 1));
    let isOver = false;
    const growing = (async () => {
      while (!isOver) await file.write(Buffer.alloc(10_000, 2));
    })();
    for (let n = 0; n < 20; n++) {
      const { size } = await file.stat();
      const read = (await scene.ask("ReadFile", { path: "file" })) as Buffer;
      expect(read.length).toBeGreaterThanOrEqual(size);
      expect(read.length).toBeLessThanOrEqual((await file.stat()).size);
    }
    isOver = true;
    await growing;
  });

  it("is TOO_LARGE as a directory of more names than an answer carries", async () => {
    await using scene = await startFileScene();
    const template = scene.at("0");
    await writeFile(template, "");
    for (let n = 1; n <= 20_000; n++) linkSync(template, scene.at(String(n)));
    expect(await scene.codeOf("ListDirectory", { path: "" })).toBe("TOO_LARGE");
  });
});

describe("a file with several names (H45)", () => {
  it("is not read, and neither writing nor deleting one name changes what the other names", async () => {
    await using scene = await startFileScene();
    const isUntouched = await plantSecret(scene);
    await link(join(scene.outside, "secret"), scene.at("linked"));
    expect(await scene.codeOf("ReadFile", { path: "linked" })).toBe("NOT_REGULAR");
    expect(await scene.ask("WriteFile", { path: "linked", data })).toBe(false);
    await isUntouched();
    await link(join(scene.outside, "secret"), scene.at("again"));
    expect(await scene.ask("DeleteFile", { path: "again" })).toBe(true);
    await isUntouched();
    expect(await scene.ask("ReadFile", { path: "linked" })).toEqual(Buffer.from(data));
  });
});

describe("a file that the system refuses", () => {
  // A folder of the kernel's own: what it refuses there it refuses root as well.
  it.runIf(process.platform === "linux")("is FILE_FAILED with what the system says", async () => {
    await using kernel = await startFileScene({}, `/proc/${process.pid}`);
    await expect(kernel.ask("DeleteFile", { path: "status" })).rejects.toMatchObject({
      code: "FILE_FAILED",
      message: expect.stringContaining("EPERM"),
    });
  });

  it("is FILE_FAILED in a host without data directories", async () => {
    await using scene = await startFileScene();
    await rm(scene.root, { recursive: true });
    expect(await refusals(scene, "file")).toEqual(all("FILE_FAILED"));
  });
});
