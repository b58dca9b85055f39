import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { RequestName } from "../../../src/requests/index.js";
import { type FileScene, startFileScene } from "./file-scene.js";

const swapper = fileURLToPath(new URL("./link-swapper.mjs", import.meta.url));
const SECRET = "the secret outside";
const RACE_MS = 600;
const GIVE_UP_MS = 10_000;

async function startSwapper(scene: FileScene) {
  const child = spawn(process.execPath, [swapper, scene.root, scene.outside], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return {
    async [Symbol.asyncDispose]() {
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
    },
  };
}

/** What a path may turn into while it is swapped; anything else is a fault. */
const expectedRefusals = ["SYMLINK_REFUSED", "FILE_NOT_FOUND", "NOT_REGULAR", "FILE_FAILED"];

describe("a directory whose folders and files are swapped for links by a process (H42)", () => {
  it.each<[RequestName, readonly string[]]>([
    ["ReadFile", ["way/file"]],
    ["WriteFile", ["way/file", "made/deep/new", "made/file"]],
    ["DeleteFile", ["way/file", "made/file"]],
    ["ListDirectory", ["way", "made", ""]],
    ["CreateDirectory", ["made/new", "way/new", "made/a/b"]],
    ["GetFileMetadata", ["way/file", "way/only-outside"]],
  ])("lets no %s out of it", { timeout: 60_000 }, async (type, paths) => {
    await using scene = await startFileScene();
    for (const name of ["file", "only-outside"]) await writeFile(join(scene.outside, name), SECRET);
    await mkdir(scene.at("way"));
    await writeFile(scene.at("way", "file"), "harmless");
    const outcomes = new Map<string, number>();
    {
      await using _swapper = await startSwapper(scene);
      const startMs = performance.now();
      const passedMs = () => performance.now() - startMs;
      const wasRace = () => ["served", "SYMLINK_REFUSED"].every((outcome) => outcomes.has(outcome));
      while (passedMs() < RACE_MS || (!wasRace() && passedMs() < GIVE_UP_MS)) {
        await Promise.all(
          [...paths, ...paths].map(async (path) => {
            const outcome = await scene.codeOf(type, { path, data: Buffer.from("written") });
            const isRefused = typeof outcome === "string" && /^[A-Z_]+$/.test(outcome);
            if (isRefused) expect(expectedRefusals).toContain(outcome);
            else expectInside(type, outcome);
            const key = isRefused ? outcome : "served";
            outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
          }),
        );
      }
    }
    expect((await readdir(scene.outside)).sort()).toEqual(["file", "only-outside"]);
    for (const name of ["file", "only-outside"]) {
      expect(await readFile(join(scene.outside, name), "utf8")).toBe(SECRET);
    }
    // Both sides of the race were seen, or it was none.
    expect([...outcomes.keys()]).toEqual(expect.arrayContaining(["served", "SYMLINK_REFUSED"]));
  });
});

/** What was answered is of the module's own. */
function expectInside(type: RequestName, answer: unknown): void {
  if (type === "ReadFile") expect(["harmless", ""]).toContain(Buffer.from(answer as Uint8Array).toString());
  if (type === "ListDirectory") expect(answer).not.toContain("only-outside");
  if (type === "GetFileMetadata") expect((answer as { size: number }).size).toBeLessThan(SECRET.length);
}
