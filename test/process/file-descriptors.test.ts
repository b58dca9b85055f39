import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdir, symlink, truncate, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { RequestName } from "../../src/requests/index.js";
import { eventually } from "../kit/ipc-deadline.js";
import { startFileScene } from "../node-api/files/file-scene.js";

const requests: readonly RequestName[] = [
  "ReadFile",
  "WriteFile",
  "DeleteFile",
  "ListDirectory",
  "CreateDirectory",
  "GetFileMetadata",
];
const paths = [
  ...[
    "file",
    "a/b/file",
    "a/b",
    "nothing",
    "nothing/at/all",
    "link",
    "link/file",
    "a/link/file",
    "pipe",
    "pipe/x",
  ],
  ...["giant", "../x", "", "file/x"],
];

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

describe("the descriptors of this process", () => {
  it("are as many after thousands of requests, served and refused, as before", async () => {
    await using scene = await startFileScene({ inodes: 8 });
    await mkdir(scene.at("a/b"), { recursive: true });
    await writeFile(scene.at("giant"), "");
    await truncate(scene.at("giant"), 2 ** 40);
    await symlink(scene.outside, scene.at("link"));
    await symlink(scene.outside, scene.at("a/link"));
    spawnSync("mkfifo", [scene.at("pipe")]);
    const round = () =>
      Promise.all(
        requests.flatMap((type) => paths.map((path) => scene.codeOf(type, { path, data: Buffer.from("x") }))),
      );
    // What the first use opens for good, the pool's own among it, counts as before.
    const codes = new Set(await round());
    for (const code of [
      "SYMLINK_REFUSED",
      "NOT_REGULAR",
      "TOO_LARGE",
      "FILE_NOT_FOUND",
      "QUOTA_EXCEEDED",
      "BAD_PATH",
    ]) {
      expect(codes).toContain(code);
    }
    const before = openDescriptors();
    for (let n = 0; n < 30; n++) await round();
    await eventually("every descriptor is closed", () => openDescriptors() <= before);
  });
});
