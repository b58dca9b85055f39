import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorCode } from "../../src/errors.js";
import { openRecording, type RecordedItem, summarizeRecording } from "../../src/recordings/index.js";
import { encodeSegmentHeader, type Segment } from "../../src/recordings/segment.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { collect, recordedEvent, recordedGap, writeRecording } from "../kit/recording-files.js";

const allowedCodes = ["RECORDING_CORRUPT", "RECORDING_FOREIGN"];

/** What can be read of a file before it ends or fails; the failure must be one that a person can act on. */
async function readAll(path: string): Promise<{ items: RecordedItem[]; code?: string | undefined }> {
  const items: RecordedItem[] = [];
  try {
    await using recording = await openRecording(path);
    for await (const item of recording.read()) items.push(item);
    return { items };
  } catch (error) {
    return { items, code: errorCode(error) ?? `no code: ${error}` };
  }
}

/** Three segments: what one writer after another would have made of it. */
async function threeSegments(dir: string): Promise<{ bytes: Buffer; items: RecordedItem[] }> {
  const items = Array.from({ length: 250 }, (_, n) =>
    n === 110 ? recordedGap(n + 1, n + 1, 1) : recordedEvent(n + 1, "NewTransaction"),
  );
  const path = join(dir, "whole.rec");
  await writeRecording(path, items, { segmentItems: 100 });
  return { bytes: await readFile(path), items };
}

/** Two segments of few bytes. */
async function smallFile(dir: string) {
  const items = [recordedEvent(1, "NewBlock"), recordedGap(2, 4, 2), recordedEvent(5, "PeerConnected")];
  const path = join(dir, "small.rec");
  await writeRecording(path, items, { segmentItems: 2 });
  return { bytes: await readFile(path), items };
}

const beginning = (items: readonly RecordedItem[], part: readonly RecordedItem[]) =>
  expect(part).toEqual(items.slice(0, part.length));

describe("openRecording", () => {
  it("reads from any seq and any time on", async () => {
    await using dir = await tempDir();
    const { items } = await threeSegments(dir.path);
    await using recording = await openRecording(join(dir.path, "whole.rec"));
    expect(recording.segments).toHaveLength(3);
    for (const fromSeq of [1, 2, 99, 101, 111, 250]) {
      const { value } = await recording.read({ fromSeq }).next();
      expect(value, `from ${fromSeq}`).toEqual(items[fromSeq - 1]);
    }
    const [late] = await collect(recording.read({ fromMs: 1_700_000_000_000 + 200 }));
    expect(late).toEqual(items[199]);
    expect(await collect(recording.read({ fromSeq: 251 }))).toEqual([]);
    expect(await collect(recording.read({ fromMs: 1_800_000_000_000 }))).toEqual([]);
  });

  it("reads a file that was cut anywhere up to its last whole segment, and says that it is cut", async () => {
    await using dir = await tempDir();
    const { bytes, items } = await threeSegments(dir.path);
    await using whole = await openRecording(join(dir.path, "whole.rec"));
    const ends = whole.segments.map(({ offsetBytes, compressedBytes }) => offsetBytes + 56 + compressedBytes);
    const path = join(dir.path, "cut.rec");
    const places = ends.flatMap((end) => [end - 1, end, end + 1, end + 40, end + 60]);
    for (const place of places.filter((at) => at < bytes.length)) {
      await writeFile(path, bytes.subarray(0, place));
      await using recording = await openRecording(path);
      expect(recording.flaw, `cut at ${place}`).toMatchObject({ kind: "cut" });
      expect(recording.segments).toHaveLength(ends.filter((end) => end <= place).length);
    }
    await writeFile(path, bytes.subarray(0, ends[1]));
    expect(await readAll(path)).toEqual({ items: items.slice(0, 200) });
  });

  it("gives a prefix of the truth or RECORDING_CORRUPT wherever a file is cut", async () => {
    await using dir = await tempDir();
    const { bytes, items } = await smallFile(dir.path);
    const path = join(dir.path, "cut.rec");
    for (let length = 0; length < bytes.length; length++) {
      await writeFile(path, bytes.subarray(0, length));
      const { items: read, code } = await readAll(path);
      beginning(items, read);
      if (code !== undefined) expect(code, `cut at ${length}`).toBe("RECORDING_CORRUPT");
    }
  });

  it("gives a prefix of the truth or a clear error whatever bytes change", async () => {
    await using dir = await tempDir();
    const { bytes, items } = await smallFile(dir.path);
    const path = join(dir.path, "changed.rec");
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const changed = Buffer.from(bytes);
        for (const [at, mask] of changes) changed[at] = (changed[at] ?? 0) ^ mask;
        await writeFile(path, changed);
        const { items: read, code } = await readAll(path);
        beginning(items, read);
        if (code !== undefined) expect(allowedCodes).toContain(code);
      }),
      { numRuns: 120 },
    );
  });

  it("says where a segment is damaged, after all that stands before", async () => {
    await using dir = await tempDir();
    const { bytes, items } = await threeSegments(dir.path);
    const path = join(dir.path, "damaged.rec");
    await using whole = await openRecording(join(dir.path, "whole.rec"));
    const second = whole.segments[1]?.offsetBytes ?? 0;
    bytes[second + 100] = (bytes[second + 100] ?? 0) ^ 1;
    await writeFile(path, bytes);
    const { items: read, code } = await readAll(path);
    expect([read.length, code]).toEqual([100, "RECORDING_CORRUPT"]);
    beginning(items, read);
    await using recording = await openRecording(path);
    const { events, damage } = await summarizeRecording(recording);
    expect([events, damage]).toEqual([
      100,
      expect.objectContaining({ details: expect.objectContaining({ offsetBytes: second }) }),
    ]);
  });

  it("inflates no segment to more than it may hold", async () => {
    await using dir = await tempDir();
    const { bytes } = await smallFile(dir.path);
    const bomb = gzipSync(Buffer.alloc(30_000_000));
    const about = { events: 1, gaps: 0, firstSeq: 1, lastSeq: 1, earliestMs: 0, latestMs: 0 };
    const path = join(dir.path, "bomb.rec");
    const start = bytes.indexOf("SEGM");
    for (const rawBytes of [100, 20_000, 29_999_999, 4_000_000_000]) {
      const segment: Segment = { ...about, rawBytes, offsetBytes: start, compressedBytes: bomb.length };
      await writeFile(
        path,
        Buffer.concat([bytes.subarray(0, start), encodeSegmentHeader(segment, bomb), bomb]),
      );
      expect(await readAll(path), `${rawBytes}`).toEqual({ items: [], code: "RECORDING_CORRUPT" });
    }
  });

  it("refuses frames that lie about their length, their type or their order", async () => {
    await using dir = await tempDir();
    const { bytes } = await smallFile(dir.path);
    const start = bytes.indexOf("SEGM");
    const path = join(dir.path, "lie.rec");
    const event = (type: string) =>
      Buffer.concat([
        Buffer.from([0x96, 2, 1, 1, 0xa0 + type.length]),
        Buffer.from(type),
        Buffer.from([0x80, 0xa4]),
        Buffer.from("node"),
      ]);
    const framed = (body: Uint8Array) => Buffer.concat([Buffer.from([0, 0, 0, body.length]), body]);
    const lies: readonly [Buffer, string][] = [
      [Buffer.from([0, 0, 1, 0, 1]), "RECORDING_CORRUPT"],
      [Buffer.from([0, 0]), "RECORDING_CORRUPT"],
      [framed(Buffer.from([0xc1])), "RECORDING_CORRUPT"],
      [framed(Buffer.from([0x92, 8, 1])), "RECORDING_CORRUPT"],
      [framed(event("NewBlock")), "RECORDING_CORRUPT"],
      [framed(event("TypeOfTomorrow")), "RECORDING_FOREIGN"],
    ];
    for (const [raw, code] of lies) {
      const compressed = gzipSync(raw);
      const about = { events: 1, gaps: 0, firstSeq: 1, lastSeq: 1, earliestMs: 0, latestMs: 0 };
      const segment = {
        ...about,
        rawBytes: raw.length,
        offsetBytes: start,
        compressedBytes: compressed.length,
      };
      await writeFile(
        path,
        Buffer.concat([bytes.subarray(0, start), encodeSegmentHeader(segment, compressed), compressed]),
      );
      expect(await readAll(path), raw.toString("hex")).toEqual({ items: [], code });
    }
  });

  it("refuses what is no recording, and waits for no pipe", async () => {
    await using dir = await tempDir();
    const pipe = join(dir.path, "pipe");
    execFileSync("mkfifo", [pipe]);
    const other = join(dir.path, "other.txt");
    await writeFile(other, "a text of some length that is nothing like a recording");
    const later = join(dir.path, "later.rec");
    const text = Buffer.from('{"version":2}');
    const prefix = Buffer.alloc(8);
    prefix.writeUInt32BE(text.length, 0);
    prefix.writeUInt32BE(crc32(text), 4);
    await writeFile(later, Buffer.concat([Buffer.from("BLVMREC\n"), prefix, text]));
    const codes = [pipe, dir.path, join(dir.path, "absent"), other, later].map(
      async (path) => (await readAll(path)).code,
    );
    expect(await Promise.all(codes)).toEqual([
      "RECORDING_UNREADABLE",
      "RECORDING_UNREADABLE",
      "RECORDING_UNREADABLE",
      "RECORDING_FOREIGN",
      "RECORDING_FOREIGN",
    ]);
  });
});
