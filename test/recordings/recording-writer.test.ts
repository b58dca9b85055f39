import { mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { eventTypes, exampleEvent } from "../../src/events/index.js";
import { openRecording, type RecordedItem, RecordingWriter } from "../../src/recordings/index.js";
import { arbitraryEvent } from "../kit/arbitrary-event.js";
import { until } from "../kit/host-until.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { collect, growOld, recordedEvent, recordedGap, writeRecording } from "../kit/recording-files.js";

/** Events and gaps of any content, in rising seq. */
const arbitraryItems: fc.Arbitrary<RecordedItem[]> = fc
  .array(fc.tuple(fc.option(arbitraryEvent(), { freq: 8 }), fc.nat(1000), fc.nat(50)), { maxLength: 60 })
  .map((parts) => {
    let seq = 0;
    return parts.map(([event, skipped, more]) => {
      const from = seq + 1 + skipped;
      seq = event === null ? from + more : from;
      return event === null ? recordedGap(from, seq, more + 1) : { kind: "event", event: { ...event, seq } };
    });
  });

describe("RecordingWriter", () => {
  it("keeps every event type exactly, bit sets and raw data too", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "a.rec");
    const items = eventTypes.map((type, index) => recordedEvent(index + 1, type));
    await writeRecording(path, items);
    await using recording = await openRecording(path);
    expect(await collect(recording.read())).toEqual(items);
  });

  it("gives back whatever was written, in order", async () => {
    await using dir = await tempDir();
    let files = 0;
    await fc.assert(
      fc.asyncProperty(arbitraryItems, async (items) => {
        const path = join(dir.path, `${++files}.rec`);
        await writeRecording(path, items);
        await using recording = await openRecording(path);
        expect(await collect(recording.read())).toEqual(items);
        expect(recording.flaw).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });

  it("makes a file for its owner alone and replaces none unless it is told to", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "a.rec");
    await writeFile(path, "somebody's", { mode: 0o644 });
    await expect(writeRecording(path, [])).rejects.toMatchObject({ code: "RECORDING_EXISTS" });
    expect(await readFile(path, "utf8")).toBe("somebody's");
    await writeRecording(path, [recordedEvent(1)], { isForced: true });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await using recording = await openRecording(path);
    expect(await collect(recording.read())).toHaveLength(1);
  });

  it("replaces nothing but a regular file even when it is told to", async () => {
    await using dir = await tempDir();
    await mkdir(join(dir.path, "folder"));
    await symlink(join(dir.path, "elsewhere"), join(dir.path, "link"));
    for (const name of ["folder", "link", "absent/a.rec"]) {
      const written = writeRecording(join(dir.path, name), [], { isForced: true });
      await expect(written).rejects.toMatchObject({ code: "RECORDING_WRITE_FAILED" });
    }
  });

  it("closes a segment after 10,000 items, 1 MiB, or five seconds", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "a.rec");
    const scheduler = new VirtualTimeScheduler();
    const writer = await RecordingWriter.open(path, { packageVersion: "0.0.0", scheduler });
    for (let seq = 1; seq <= 10_001; seq++) await writer.write(recordedGap(seq, seq, 1));
    expect(writer.counts).toMatchObject({ gaps: 10_001, segments: 1 });
    growOld(scheduler);
    await until("the old segment is written", () => writer.counts.segments === 2);
    const payload = { ...exampleEvent("ModuleCrashed"), error: "x".repeat(600_000) };
    for (const seq of [10_002, 10_003, 10_004])
      await writer.write(recordedEvent(seq, "ModuleCrashed", { payload }));
    expect(writer.counts.segments).toBe(3);
    await writer.finish();
    await using recording = await openRecording(path);
    expect(recording.segments.map(({ events, gaps }) => events + gaps)).toEqual([10_000, 1, 2, 1]);
  });

  it("never grows beyond its limit, and says that it is full", async () => {
    await using dir = await tempDir();
    for (const maxBytes of [100, 1_000, 5_000, 40_000]) {
      const path = join(dir.path, `${maxBytes}.rec`);
      const writer = await RecordingWriter.open(path, { packageVersion: "0.0.0", maxBytes });
      let seq = 0;
      while (await writer.write(recordedEvent(seq + 1))) seq++;
      const counts = await writer.finish();
      expect(counts.events).toBe(seq);
      const { size } = await stat(path);
      if (maxBytes > 300) expect(size).toBeLessThanOrEqual(maxBytes);
      if (maxBytes >= 5_000) expect(size).toBeGreaterThan(0.7 * maxBytes);
      await using recording = await openRecording(path);
      expect(await collect(recording.read())).toHaveLength(seq);
    }
  });

  it("refuses what doesn't follow the item before", async () => {
    await using dir = await tempDir();
    const writer = await RecordingWriter.open(join(dir.path, "a.rec"), { packageVersion: "0.0.0" });
    await writer.write(recordedGap(5, 9, 2));
    await expect(writer.write(recordedEvent(9))).rejects.toMatchObject({ code: "RECORDING_ORDER" });
    await writer.write(recordedEvent(10));
    expect(await writer.finish()).toMatchObject({ events: 1, gaps: 1, lostEvents: 2 });
  });
});
