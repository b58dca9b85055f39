import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EventType } from "../../../src/events/index.js";
import type { LaneReading, PageOffer, PageState } from "../../../src/http/index.js";
import { tempDir } from "../../kit/process-temp-dir.js";

export const pageState: PageState = {
  at_ms: 5,
  host: { status: "ok", version: "0.1.0", up_ms: 1, last_seq: 0, explained_events: 1000 },
  chain: {
    source: "replay",
    height: null,
    is_synced: null,
    last_block_ms: null,
    connected_blocks: 0,
    disconnected_blocks: 0,
    reorganisations: 0,
    mempool: null,
  },
  sandbox: null,
  modules: [],
  streams: [],
};

/** A host that is all the test's: what was published, what the books say, what became of an event. */
export interface FakePage extends PageOffer, AsyncDisposable {
  lastSeq: number;
  readings: LaneReading[];
  fate: (module: string, seq: number) => string;
  typeOfEvent: (seq: number) => EventType;
  wanted: ReadonlySet<EventType>;
  /** How often the host was asked anything for the feed. */
  asked: number;
  states: number;
}

export async function fakePage(): Promise<FakePage> {
  const dir = await tempDir();
  const assetsDir = join(dir.path, "page");
  await mkdir(assetsDir);
  await writeFile(join(assetsDir, "index.html"), "<!doctype html><title>page</title>");
  await writeFile(join(assetsDir, "app.js"), `"${"x".repeat(5_000)}"`);
  await writeFile(join(assetsDir, "app.css"), "body{}");
  await writeFile(join(assetsDir, "icon.svg"), "<svg/>");
  const page: FakePage = {
    assetsDir,
    lastSeq: 0,
    readings: [],
    fate: () => "delivered",
    typeOfEvent: () => "MempoolTransactionAdded",
    wanted: new Set<EventType>(["MempoolTransactionAdded", "NewBlock"]),
    asked: 0,
    states: 0,
    source: {
      lastSeq: () => {
        page.asked++;
        return page.lastSeq;
      },
      typeOf: (seq) => page.typeOfEvent(seq),
      wantedTypes: () => page.wanted,
      readings: () => {
        page.asked++;
        return page.readings;
      },
      fateOf: (module, seq) => {
        page.asked++;
        return { fate: page.fate(module, seq), published_ms: seq };
      },
    },
    state: async () => {
      page.states++;
      return pageState;
    },
    explain: async (module, seq) =>
      module === "watcher" ? { module, seq, fate: "delivered", text: "Delivered." } : undefined,
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
  return page;
}

export function reading(module: string, counts: Partial<LaneReading> = {}): LaneReading {
  return { module, delivered: 0, dropped: 0, failed: 0, filtered: 0, gaps: 0, ...counts };
}
