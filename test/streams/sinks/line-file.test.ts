import type { FileHandle } from "node:fs/promises";
import { mkdir, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openPlace } from "../../../src/streams/sinks/file-place.js";
import { LineFile, type LineFileOptions } from "../../../src/streams/sinks/line-file.js";
import { tempDir } from "../../kit/process-temp-dir.js";
import { recordingLog, stillClock } from "../../kit/streams-sink.js";

/** A disk that takes so many more bytes and is full then; `frees` gives it room. */
function smallDisk(roomBytes: number) {
  const disk = { roomBytes, canTruncate: true, syncFails: false, open };
  async function open(place: string): Promise<FileHandle> {
    const handle = await openPlace(place);
    const { write, truncate, datasync } = handle;
    const failure = (code: string) => Object.assign(new Error(`${code}: no`), { code });
    return Object.assign(handle, {
      async write(bytes: Buffer, offset: number) {
        if (disk.roomBytes === 0) throw failure("ENOSPC");
        const length = Math.min(disk.roomBytes, bytes.length - offset);
        disk.roomBytes -= length;
        return Reflect.apply(write, handle, [bytes, offset, length]) as unknown;
      },
      async truncate(length: number) {
        if (!disk.canTruncate) throw failure("EIO");
        return truncate.call(handle, length);
      },
      async datasync() {
        if (disk.syncFails) throw failure("EIO");
        return datasync.call(handle);
      },
    }) as unknown as FileHandle;
  }
  return disk;
}

function lineFile(
  filesDir: string,
  disk: ReturnType<typeof smallDisk>,
  options: Partial<LineFileOptions> = {},
) {
  const log = recordingLog();
  const file = new LineFile(
    { filesDir, owner: { stream: "s", sink: "k" }, scheduler: stillClock(), log, open: disk.open },
    { path: "f", maxBytes: 1000, maxFiles: 2, fsync: "never", fsyncIntervalMs: 1000, ...options },
  );
  return { file, log };
}

describe("A file of lines", () => {
  it("leaves no half of a line on a full disk and goes on when there is room again", async () => {
    await using dir = await tempDir();
    const disk = smallDisk(7);
    const { file } = lineFile(dir.path, disk);
    expect(await file.append(["aaaa"])).toEqual({ written: 1 });
    for (let times = 0; times < 3; times++)
      expect(await file.append(["bbbb", "cccc"])).toMatchObject({ written: 0, error: { code: "ENOSPC" } });
    disk.roomBytes = 100;
    expect(await file.append(["dddd"])).toEqual({ written: 1 });
    await file.close();
    expect(await readFile(join(dir.path, "f"), "utf8")).toBe("aaaa\ndddd\n");
  });

  it("mends a half of a line at the next opening where the disk refused even that", async () => {
    await using dir = await tempDir();
    const disk = smallDisk(7);
    const { file, log } = lineFile(dir.path, disk);
    disk.canTruncate = false;
    expect(await file.append(["aaaa"])).toEqual({ written: 1 });
    expect(await file.append(["bbbb"])).toMatchObject({ written: 0 });
    expect(await readFile(join(dir.path, "f"), "utf8")).toBe("aaaa\nbb");
    Object.assign(disk, { roomBytes: 100, canTruncate: true });
    expect(await file.append(["cccc"])).toEqual({ written: 1 });
    await file.close();
    expect(await readFile(join(dir.path, "f"), "utf8")).toBe("aaaa\ncccc\n");
    expect(log.lines.map(({ fields }) => fields.cutBytes)).toEqual([2]);
  });

  it("says what was written before the disk was full where lines went to two files", async () => {
    await using dir = await tempDir();
    const { file } = lineFile(dir.path, smallDisk(12), { maxBytes: 10 });
    expect(await file.append(["aaaa", "bbbb", "cccc"])).toMatchObject({
      written: 2,
      error: { code: "ENOSPC" },
    });
    await file.close();
    expect(await readFile(join(dir.path, "f.1"), "utf8")).toBe("aaaa\nbbbb\n");
    expect(await readFile(join(dir.path, "f"), "utf8")).toBe("");
  });

  it("counts nothing as written that fsync: always could not bring to the disk", async () => {
    await using dir = await tempDir();
    const disk = smallDisk(1000);
    const { file } = lineFile(dir.path, disk, { fsync: "always" });
    expect(await file.append(["aaaa"])).toEqual({ written: 1 });
    disk.syncFails = true;
    expect(await file.append(["bbbb"])).toMatchObject({ written: 0, error: { code: "EIO" } });
    disk.syncFails = false;
    await file.close();
  });

  it("brings what was written to the disk after its interval, and warns where it can't", async () => {
    await using dir = await tempDir();
    const disk = smallDisk(1000);
    const log = recordingLog();
    const clock = stillClock();
    const file = new LineFile(
      { filesDir: dir.path, owner: { stream: "s", sink: "k" }, scheduler: clock, log, open: disk.open },
      { path: "f", maxBytes: 1000, maxFiles: 2, fsync: "interval", fsyncIntervalMs: 1000 },
    );
    await file.append(["aaaa"]);
    disk.syncFails = true;
    clock.flush();
    await expect.poll(() => log.lines.map(({ fields }) => fields.code)).toEqual(["EIO"]);
    await file.close();
  });

  it("begins a new file where its own was removed or moved away, and makes a removed folder again", async () => {
    await using dir = await tempDir();
    const { file, log } = lineFile(dir.path, smallDisk(1000), { path: "a/b/f" });
    const place = join(dir.path, "a/b/f");
    await file.append(["one"]);
    await rm(place);
    expect(await file.append(["two"])).toEqual({ written: 1 });
    expect(await readFile(place, "utf8")).toBe("two\n");
    await rename(place, `${place}.moved`);
    expect(await file.append(["three"])).toEqual({ written: 1 });
    expect(await readFile(`${place}.moved`, "utf8")).toBe("two\n");
    await rm(join(dir.path, "a"), { recursive: true });
    expect(await file.append(["four"])).toEqual({ written: 1 });
    expect(await readFile(place, "utf8")).toBe("four\n");
    expect(log.lines.filter(({ level }) => level === "warn")).toHaveLength(3);
    await file.close();
  });

  it("writes and makes nothing where its folder was replaced by a link", async () => {
    await using dir = await tempDir();
    const { file } = lineFile(dir.path, smallDisk(1000), { path: "a/f" });
    await file.append(["one"]);
    await rm(join(dir.path, "a"), { recursive: true });
    await mkdir(join(dir.path, "outside"));
    await symlink("outside", join(dir.path, "a"));
    expect(await file.append(["two"])).toMatchObject({ written: 0, error: { code: "SINK_FILE_REFUSED" } });
    await expect(openPlace(join(dir.path, "a/f"))).rejects.toMatchObject({ code: "SINK_FILE_REFUSED" });
    expect(await readdir(join(dir.path, "outside"))).toEqual([]);
    await file.close();
  });

  it("takes nothing after it was closed", async () => {
    await using dir = await tempDir();
    const { file } = lineFile(dir.path, smallDisk(1000));
    await file.close();
    expect(await file.append(["aaaa"])).toMatchObject({ written: 0, error: { code: "SINK_CLOSED" } });
  });
});
