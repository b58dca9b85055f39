import { link, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { monotonicScheduler } from "../../../src/clock.js";
import { StreamFolder } from "../../../src/streams/index.js";
import { eventually } from "../../kit/ipc-deadline.js";
import { recordingLog } from "../../kit/process-recording-log.js";
import { tempDir } from "../../kit/process-temp-dir.js";

/** A watched folder, and what was told of it: each with the turn of the event loop in which it was. */
async function watchedFolder() {
  const dir = await tempDir();
  const told: { readonly what: string; readonly turn: number }[] = [];
  let turn = 0;
  const timer = setInterval(() => {
    turn++;
  }, 1);
  const tell = (what: string) => told.push({ what, turn });
  const folder = new StreamFolder(dir.path, {
    scheduler: monotonicScheduler,
    log: recordingLog(),
    onFile: (name, text) => tell(`${name}: ${text}`),
    onUnreadable: (name, reason) => tell(`${name} unreadable: ${reason.slice(0, 5)}`),
    onGone: (name) => tell(`${name} gone`),
  });
  return {
    folder,
    told: () => told.map(({ what }) => what),
    turns: () => told.map((entry) => entry.turn),
    path: (name: string) => join(dir.path, name),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await folder.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

describe("the watch of a folder of streams", () => {
  it("tells of a file that moved in one turn, the old name first", async () => {
    await using watched = await watchedFolder();
    const { folder, told, turns, path } = watched;
    await writeFile(path("a.yaml"), "text");
    await folder.start();
    await rename(path("a.yaml"), path("b.yaml"));
    await eventually("the new name", () => told().length === 3);
    expect(told()).toEqual(["a.yaml: text", "a.yaml gone", "b.yaml: text"]);
    expect(turns()[1]).toBe(turns()[2]);
  });

  it("tells of a file that was copied and removed as of one that goes and another that comes", async () => {
    await using watched = await watchedFolder();
    const { folder, told, path } = watched;
    await writeFile(path("a.yaml"), "text");
    await folder.start();
    await writeFile(path("b.yaml"), "text");
    await rm(path("a.yaml"));
    await eventually("both", () => told().length === 3);
    expect(told()).toEqual(["a.yaml: text", "a.yaml gone", "b.yaml: text"]);
  });

  it("tells which of two names of one file is gone", async () => {
    await using watched = await watchedFolder();
    const { folder, told, path } = watched;
    await writeFile(path("a.yaml"), "text");
    await link(path("a.yaml"), path("b.yaml"));
    await folder.start();
    await rm(path("a.yaml"));
    await eventually("the end of one", () => told().length === 3);
    expect(told()).toEqual(["a.yaml: text", "b.yaml: text", "a.yaml gone"]);
  });

  it("tells once why a file can't be read, and of the file when it can", async () => {
    await using watched = await watchedFolder();
    const { folder, told, path } = watched;
    await symlink(path("loop.yaml"), path("loop.yaml"));
    await folder.start();
    await writeFile(path("a.yaml"), "text");
    await eventually("the file beside it", () => told().length === 2);
    expect(told()).toEqual(["loop.yaml unreadable: ELOOP", "a.yaml: text"]);
    await rm(path("loop.yaml"));
    await symlink(path("a.yaml"), path("loop.yaml"));
    await eventually("the mended link", () => told().length === 3);
    expect(told().at(-1)).toBe("loop.yaml: text");
    await rm(path("a.yaml"));
    await eventually("the link without its file", () => told().length === 5);
    expect(told().slice(3).sort()).toEqual(["a.yaml gone", "loop.yaml unreadable: ENOEN"]);
  });

  it("sees a folder that comes after it, and files in it", async () => {
    await using watched = await watchedFolder();
    const { folder, told, path } = watched;
    await rm(path("."), { recursive: true });
    await folder.start();
    await mkdir(path("."));
    await mkdir(path("folder.yaml"));
    await writeFile(path("late.yaml"), "late");
    await eventually("the late file", () => told().length > 0);
    expect(told()).toEqual(["late.yaml: late"]);
  });
});
