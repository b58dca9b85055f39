import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChainEvent, chainOptions, createReplaySource } from "../../src/chain/index.js";
import type { AnyEvent } from "../../src/events/index.js";
import {
  createRecordingSource,
  type RecordedItem,
  type RecordingOptionsInput,
  recordingOptions,
} from "../../src/recordings/index.js";
import { describeChainSource } from "../chain/chain-source.conformance.js";
import { recordEvents } from "../chain/event-recorder.js";
import { recordLog } from "../chain/log-recorder.js";
import { mineChain } from "../kit/mine-block.js";
import { recordedEvent, recordedGap, writeRecording } from "../kit/recording-files.js";
import { scriptedBlocks } from "../kit/scripted-chain.js";

let folder = "";
let whole = "";
let items: RecordedItem[] = [];

/** What a replay of small blocks with a reorganisation says, to the end. */
async function replayedItems(): Promise<RecordedItem[]> {
  const transactions = scriptedBlocks[2]?.block.transactions.slice(1) ?? [];
  const parts = [transactions.slice(0, 5), transactions.slice(5), [], []];
  const files = await Promise.all(
    mineChain(1000, parts).map(async (bytes, index) => {
      const file = join(folder, `${index}.raw`);
      await writeFile(file, bytes);
      return file;
    }),
  );
  const options = chainOptions.parse({ files, events_per_second: 0, reorg: { every_blocks: 2, depth: 1 } });
  await using source = createReplaySource({ log: recordLog() }, options);
  const { events } = recordEvents(source);
  await source.start();
  await source.finished;
  return events.map((event, n) => ({
    kind: "event",
    event: { ...event, seq: n + 1, timestamp_ms: 1_700_000_000_000 + n, source: "node" } as AnyEvent,
  }));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "blvm-recording-"));
  items = await replayedItems();
  whole = join(folder, "whole.rec");
  await writeRecording(whole, items);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function source(options: RecordingOptionsInput, log = recordLog()) {
  return createRecordingSource(
    { log },
    recordingOptions.parse({ file: whole, pace: "events_per_second", events_per_second: 0, ...options }),
  );
}

describeChainSource({
  name: "recording",
  blocks: 9,
  lacksBlocks: true,
  create: () => source({ loop: true }),
});

/** What a source says of a recording, to its end. */
async function playedEvents(
  options: RecordingOptionsInput,
  log = recordLog(),
): Promise<readonly ChainEvent[]> {
  await using played = source(options, log);
  const { events } = recordEvents(played);
  await played.start();
  await played.finished;
  return events;
}

const types = (events: readonly ChainEvent[]) => events.map(({ type }) => type);

describe("createRecordingSource", () => {
  it("says what was recorded, and stays at the tip", async () => {
    await using played = source({});
    const { events } = recordEvents(played);
    await played.start();
    await played.finished;
    expect(events).toEqual(
      items.map((item) => item.kind === "event" && { type: item.event.type, payload: item.event.payload }),
    );
    expect(played.tip()?.heightBlocks).toBe(1003);
  });

  it("leaves out what is the host's, and what modules and streams published unless it is asked for", async () => {
    const path = join(folder, "mixed.rec");
    await writeRecording(path, [
      recordedEvent(1, "ModuleLoaded"),
      recordedEvent(2, "NewBlock"),
      recordedEvent(3, "WebhookSent", { source: "module:hooks" }),
      recordedEvent(4, "NodeShutdown"),
      recordedEvent(5, "PeerConnected"),
    ]);
    expect(types(await playedEvents({ file: path }))).toEqual(["NewBlock", "PeerConnected"]);
    const all = await playedEvents({ file: path, sources: "all" });
    expect(types(all)).toEqual(["NewBlock", "WebhookSent", "PeerConnected"]);
  });

  it("logs a loss at its place, and a file that is cut, and plays the rest", async () => {
    const path = join(folder, "lossy.rec");
    await writeRecording(path, [
      recordedEvent(1, "NewBlock"),
      recordedGap(2, 9, 7),
      recordedEvent(10, "PeerConnected"),
    ]);
    await writeFile(path, (await readFile(path)).subarray(0, -1));
    const log = recordLog();
    expect(types(await playedEvents({ file: path }, log))).toEqual(["NewBlock", "PeerConnected"]);
    const text = JSON.stringify(log.lines);
    expect(text).toContain("lacks 7 events");
    expect(text).toContain("not whole");
  });

  it("ends where a file is damaged, and logs the byte", async () => {
    const path = join(folder, "damaged.rec");
    const bytes = await readFile(whole);
    const at = bytes.indexOf("SEGM") + 80;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(path, bytes);
    const log = recordLog();
    expect(await playedEvents({ file: path }, log)).toEqual([]);
    expect(JSON.stringify(log.lines)).toContain("RECORDING_CORRUPT");
  });

  it("wants a file that is named and can be read", async () => {
    expect(() => createRecordingSource({ log: recordLog() }, recordingOptions.parse({}))).toThrow(
      expect.objectContaining({ code: "RECORDING_NOT_NAMED" }),
    );
    await using absent = source({ file: join(folder, "absent.rec") });
    await expect(absent.start()).rejects.toMatchObject({ code: "RECORDING_UNREADABLE" });
  });
});
