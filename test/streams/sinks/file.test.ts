import { spawn } from "node:child_process";
import { once } from "node:events";
import { link, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { FileClaims } from "../../../src/streams/sinks/file-claims.js";
import { tempDir } from "../../kit/process-temp-dir.js";
import { bufferedSink, numbered, prepareSink, type SinkTestOptions } from "../../kit/streams-sink.js";

const allTime = () => new AbortController().signal;
const killedWriter = fileURLToPath(new URL("../../kit/streams-killed-writer.mjs", import.meta.url));

function fileSink(filesDir: string, options: object = {}, about: SinkTestOptions = {}) {
  return bufferedSink(
    "file",
    { path: "out.ndjson", ...options },
    { ...about, ports: { filesDir, ...about.ports }, capacity: 100_000 },
  );
}

/** Writes the numbers and closes. */
async function written(filesDir: string, seqs: readonly number[], options: object = {}) {
  const opened = fileSink(filesDir, options);
  for (const seq of seqs) opened.buffer.offer(numbered(seq));
  await opened.buffer.close(allTime());
  return opened;
}

async function numbersIn(path: string): Promise<number[]> {
  const text = await readFile(path, "utf8");
  expect(text === "" || text.endsWith("\n")).toBe(true);
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as number);
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe("The file sink", () => {
  it("appends lines of JSON to a file that only its owner may read, in folders that it makes", async () => {
    await using dir = await tempDir();
    const filesDir = join(dir.path, "files");
    const { counters } = await written(filesDir, [1, 2], { path: "a/b/out.ndjson" });
    await written(filesDir, [3], { path: "a/b/out.ndjson" });
    const path = join(filesDir, "a/b/out.ndjson");
    expect(await numbersIn(path)).toEqual([1, 2, 3]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(filesDir, "a"))).mode & 0o777).toBe(0o700);
    expect(counters).toMatchObject({ in: 2, out: 2, errors: 0, held: 0 });
  });

  it("rotates before a file grows beyond max_bytes and keeps max_files, with no line torn or lost among them", async () => {
    await using dir = await tempDir();
    // Nine lines of two bytes fit; from 10 on a line has three.
    await written(dir.path, upTo(60), { rotate: { max_bytes: 18, max_files: 4 } });
    const files = (await readdir(dir.path)).sort();
    expect(files).toEqual(["out.ndjson", "out.ndjson.1", "out.ndjson.2", "out.ndjson.3"]);
    const kept = await Promise.all(files.toReversed().map((name) => numbersIn(join(dir.path, name))));
    expect(kept.flat()).toEqual(upTo(60).slice(-kept.flat().length));
    expect(kept.map((numbers) => numbers.length)).toEqual([6, 6, 6, 3]);
  });

  it("gives a line that is longer than max_bytes a file of its own", async () => {
    await using dir = await tempDir();
    await written(dir.path, [1, 123_456_789, 2], { rotate: { max_bytes: 5 } });
    expect(await numbersIn(join(dir.path, "out.ndjson.2"))).toEqual([1]);
    expect(await numbersIn(join(dir.path, "out.ndjson.1"))).toEqual([123_456_789]);
    expect(await numbersIn(join(dir.path, "out.ndjson"))).toEqual([2]);
  });

  it("keeps one file where max_files is one", async () => {
    await using dir = await tempDir();
    await written(dir.path, [1, 2, 3], { rotate: { max_bytes: 4, max_files: 1 } });
    expect(await readdir(dir.path)).toEqual(["out.ndjson"]);
    expect(await numbersIn(join(dir.path, "out.ndjson"))).toEqual([3]);
  });

  it("rotates at the first item after its time", async () => {
    await using dir = await tempDir();
    const scheduler = new VirtualTimeScheduler();
    const { buffer, counters } = fileSink(
      dir.path,
      { rotate: { every: "1h" }, fsync: "never" },
      { scheduler },
    );
    const at = async (atMs: number, seq: number) => {
      scheduler.schedule(() => buffer.offer(numbered(seq)), atMs - scheduler.now());
      scheduler.flush();
      await expect.poll(() => counters.out).toBe(seq);
    };
    await at(0, 1);
    await at(3_599_999, 2);
    await at(3_600_001, 3);
    await buffer.close(allTime());
    expect(await numbersIn(join(dir.path, "out.ndjson.1"))).toEqual([1, 2]);
    expect(await numbersIn(join(dir.path, "out.ndjson"))).toEqual([3]);
  });

  it.each(["never", "interval", "always"])("writes everything with fsync: %s", async (fsync) => {
    await using dir = await tempDir();
    const { counters } = await written(dir.path, upTo(1000), { fsync });
    expect(await numbersIn(join(dir.path, "out.ndjson"))).toEqual(upTo(1000));
    expect(counters).toMatchObject({ out: 1000, errors: 0 });
  });

  it("cuts off the torn line of a writer that was killed, and appends whole lines after it", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "out.ndjson");
    const long = "9".repeat(200_000);
    await writeFile(path, `1\n2\n${long}`);
    const { log } = await written(dir.path, [3]);
    expect(await numbersIn(path)).toEqual([1, 2, 3]);
    expect(log.lines.map(({ fields }) => fields.cutBytes)).toEqual([200_000]);
  });

  it("leaves whole lines in unbroken order when its process is killed in the middle of writing", async () => {
    await using dir = await tempDir();
    const child = spawn(process.execPath, [killedWriter, dir.path], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    await written(dir.path, [0], { rotate: { max_bytes: "64KiB", max_files: 1000 } });
    const names = await readdir(dir.path);
    const age = (name: string) => Number(name.split(".")[2] ?? 0);
    names.sort((one, other) => age(other) - age(one));
    expect(names.length).toBeGreaterThan(1);
    const numbers = (await Promise.all(names.map((name) => numbersIn(join(dir.path, name))))).flat();
    expect(numbers.pop()).toBe(0);
    expect(numbers).toEqual(upTo(numbers.length));
  });

  it.each([
    ["a link", async (path: string, elsewhere: string) => symlink(elsewhere, path)],
    ["a second name of a file elsewhere", async (path: string, elsewhere: string) => link(elsewhere, path)],
    ["a folder", async (path: string) => mkdir(path)],
  ])("writes nothing where its file is %s", async (_what, make) => {
    await using dir = await tempDir();
    const elsewhere = join(dir.path, "elsewhere");
    await writeFile(elsewhere, "mine");
    const filesDir = join(dir.path, "files");
    await mkdir(filesDir);
    await make(join(filesDir, "out.ndjson"), elsewhere);
    const { counters, log } = await written(filesDir, [1, 2]);
    expect(counters).toMatchObject({ out: 0, errors: 2 });
    expect(log.lines.map(({ fields }) => fields.code)).toEqual(["SINK_FILE_REFUSED"]);
    expect(await readFile(elsewhere, "utf8")).toBe("mine");
  });

  it("writes nothing where a link stands on the way", async () => {
    await using dir = await tempDir();
    const filesDir = join(dir.path, "files");
    await mkdir(join(dir.path, "elsewhere"));
    await mkdir(filesDir);
    await symlink("../elsewhere", join(filesDir, "a"));
    const { counters } = await written(filesDir, [1], { path: "a/out.ndjson" });
    expect(counters).toMatchObject({ out: 0, errors: 1 });
    expect(await readdir(join(dir.path, "elsewhere"))).toEqual([]);
  });

  it.each([
    "/etc/passwd",
    "../out",
    "a/../../out",
    "a//b",
    "./a",
    "a/",
    "a\0b",
    "..",
    "C:\\a",
    "a/".repeat(300),
  ])("refuses the path %j when it is prepared", (path) => {
    expect(() => prepareSink("file", { path })).toThrow(
      expect.objectContaining({ code: "STREAM_STEP_INVALID" }),
    );
  });

  it.each([
    { rotate: { max_bytes: "1MB" } },
    { rotate: { max_files: 0 } },
    { interval: 5 },
    { fsync: "often" },
  ])("refuses %j", (options) => {
    expect(() => prepareSink("file", { path: "a", ...options })).toThrow("file");
  });

  it("refuses a file that another sink writes, its older ones too, until that one is closed", async () => {
    await using dir = await tempDir();
    const about = { ports: { fileClaims: new FileClaims() } };
    const first = fileSink(dir.path, {}, { ...about, id: "first" });
    first.buffer.offer(numbered(1));
    await expect.poll(() => first.counters.out).toBe(1);
    for (const path of ["out.ndjson", "out.ndjson.1"]) {
      const second = fileSink(dir.path, { path }, { ...about, id: "second" });
      second.buffer.offer(numbered(2));
      await expect.poll(() => second.counters.errors).toBe(1);
      expect(second.log.lines[0]?.fields.code).toBe("SINK_FILE_TAKEN");
    }
    const third = fileSink(dir.path, {}, { ...about, id: "third" });
    await first.buffer.close(allTime());
    third.buffer.offer(numbered(3));
    await third.buffer.close(allTime());
    expect(await numbersIn(join(dir.path, "out.ndjson"))).toEqual([1, 3]);
  });

  it("waits for the same sink of the generation before", async () => {
    await using dir = await tempDir();
    const about = { ports: { fileClaims: new FileClaims() } };
    const [old, successor] = [fileSink(dir.path, {}, about), fileSink(dir.path, {}, about)];
    old.buffer.offer(numbered(1));
    await expect.poll(() => old.counters.out).toBe(1);
    for (const seq of [3, 4]) successor.buffer.offer(numbered(seq));
    old.buffer.offer(numbered(2));
    await old.buffer.close(allTime());
    await successor.buffer.close(allTime());
    expect(await numbersIn(join(dir.path, "out.ndjson"))).toEqual([1, 2, 3, 4]);
    expect(successor.counters).toMatchObject({ out: 2, errors: 0 });
  });
});
