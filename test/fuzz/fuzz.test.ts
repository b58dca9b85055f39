import { describe, expect, it } from "vitest";
import { shortForm } from "../kit/campaign.js";
import { type FuzzFigures, fuzzHostBatch, noFigures } from "./host-fuzz.js";
import { fuzzModuleBatch } from "./module-fuzz.js";
import { settledRssBytes } from "./settled-rss.js";

const MIB = 1024 * 1024;
const SEED = 1;

/** Lets the event loop run between batches, as it does between the turns of a real host. */
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Goes on with batches until so many frames were sent in all. */
async function fuzzHostUntil(frames: number, figures: FuzzFigures): Promise<void> {
  while (figures.sent < frames) {
    fuzzHostBatch(SEED + figures.stories, figures);
    await nextTurn();
  }
}

describe("a host's side of a connection, fuzzed", () => {
  it("stands 200,000 hostile frames in CI, most of them past the handshake", {
    timeout: 300_000,
  }, async () => {
    const frames = shortForm(200_000, 20_000);
    const figures = noFigures();
    // What the first frames bring into memory is code and caches.
    await fuzzHostUntil(frames / 4, figures);
    const rssBefore = settledRssBytes();
    await fuzzHostUntil(frames, figures);
    const grownMib = (settledRssBytes() - rssBefore) / MIB;
    expect(figures.sent).toBeGreaterThanOrEqual(frames);
    expect(figures.readPastHandshake * 2).toBeGreaterThan(figures.sent);
    expect(figures.longestTurnMs).toBeLessThan(50);
    expect(figures.longestTurnOnceMs).toBeLessThan(500);
    expect(grownMib).toBeLessThan(64);
    // Each way to be thrown out of a connection by bytes alone was taken.
    const codes = ["BAD_FRAME", "FRAME_TOO_LARGE", "BAD_HANDSHAKE", "NOT_READY", "DECODE_ERROR", "LIMIT"];
    expect(Object.keys(figures.closed)).toEqual(expect.arrayContaining([...codes, "PROTOCOL_ERROR"]));
  });

  it("draws the same stories from the same seed", () => {
    const batch = () => {
      const figures = noFigures();
      fuzzHostBatch(SEED, figures);
      return { ...figures, longestTurnMs: 0, longestTurnOnceMs: 0 };
    };
    expect(batch()).toEqual(batch());
  });
});

describe("a module's end of a connection, fuzzed", () => {
  it("stands 40,000 hostile frames in CI", { timeout: 120_000 }, async () => {
    const frames = shortForm(40_000, 4000);
    let sent = 0;
    for (let seed = SEED; sent < frames; seed++) {
      sent += fuzzModuleBatch(seed);
      await nextTurn();
    }
    expect(sent).toBeGreaterThanOrEqual(frames);
  });
});
