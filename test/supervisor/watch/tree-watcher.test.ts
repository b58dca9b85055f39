import { mkdir, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TreeWatcher, type TreeWatcherOptions } from "../../../src/supervisor/watch/tree-watcher.js";
import { until } from "../../kit/host-until.js";
import { virtualClock } from "../../kit/ipc-virtual-clock.js";
import { recordingLog } from "../../kit/process-recording-log.js";
import { tempDir } from "../../kit/process-temp-dir.js";
import { inotifyWatches } from "./watch-scene.js";

async function treeScene(options: Partial<TreeWatcherOptions> = {}) {
  const dir = await tempDir();
  const directory = join(dir.path, "module");
  await mkdir(join(directory, "src"), { recursive: true });
  await writeFile(join(directory, "src", "main.ts"), "first");
  const log = recordingLog();
  let changes = 0;
  const watcher = new TreeWatcher({
    directory,
    isIgnored: (path) => path === "dist",
    debounceMs: 40,
    log,
    onChanged: async () => {
      changes++;
    },
    ...options,
  });
  return {
    directory,
    log,
    watcher,
    write: (path: string, text: string) => writeFile(join(directory, path), text),
    changes: () => changes,
    async [Symbol.asyncDispose]() {
      await watcher.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

describe("TreeWatcher", () => {
  it("calls back once for changes of one moment, anywhere below the directory", async () => {
    await using scene = await treeScene();
    await scene.watcher.start();
    await mkdir(join(scene.directory, "src", "deep"));
    await scene.write("src/deep/part.ts", "new");
    await scene.write("src/main.ts", "second");
    await until("it is told", () => scene.changes() === 1);
    await scene.write("src/deep/part.ts", "newer");
    await until("it is told again", () => scene.changes() === 2);
    await rm(join(scene.directory, "src", "deep"), { recursive: true });
    await until("the removal is told", () => scene.changes() === 3);
  });

  it("follows a directory that is swapped by renames", async () => {
    await using scene = await treeScene();
    await scene.watcher.start();
    await mkdir(`${scene.directory}.next`);
    await writeFile(join(`${scene.directory}.next`, "main.ts"), "swapped");
    await rename(scene.directory, `${scene.directory}.old`);
    await rename(`${scene.directory}.next`, scene.directory);
    await until("it is told", () => scene.changes() === 1);
    await scene.write("main.ts", "after the swap");
    await until("it is told again", () => scene.changes() === 2);
  });

  it("is silent about what is ignored and about touches, and remembers what comes during a callback", async () => {
    let release = () => {};
    let calls = 0;
    await using scene = await treeScene({
      onChanged: () => {
        calls++;
        return new Promise((resolve) => {
          release = resolve;
        });
      },
    });
    await scene.watcher.start();
    await mkdir(join(scene.directory, "dist"));
    await scene.write("dist/main.js", "built");
    await scene.write(".main.ts.swp", "editor");
    await utimes(join(scene.directory, "src", "main.ts"), 1, 1);
    await scene.write("src/main.ts", "second");
    await until("the first call began", () => calls === 1);
    await scene.write("src/main.ts", "third");
    release();
    await until("the second call began", () => calls === 2);
    release();
  });

  it("looks every two seconds when the system refuses to watch, and stops when it is closed", async () => {
    const clock = virtualClock();
    await using scene = await treeScene({
      scheduler: clock.scheduler,
      openWatch: () => {
        throw Object.assign(new Error("no watches left"), { code: "ENOSPC" });
      },
    });
    await scene.watcher.start();
    expect(scene.log.messages()).toEqual([expect.stringMatching(/every 2 s instead: raise fs\.inotify/)]);
    await scene.write("src/main.ts", "second");
    await until("it is told", () => {
      clock.advanceMs(100);
      return scene.changes() === 1;
    });
    await scene.watcher.close();
    await scene.write("src/main.ts", "third");
    clock.advanceMs(100_000);
    expect(scene.changes()).toBe(1);
  });

  it("leaves no watch behind", async () => {
    const before = await inotifyWatches();
    await using scene = await treeScene();
    await scene.watcher.start();
    expect(await inotifyWatches()).toBeGreaterThan(before);
    await scene.watcher.close();
    expect(await inotifyWatches()).toBe(before);
  });
});
