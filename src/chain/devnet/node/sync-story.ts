import type { Outbox } from "./outbox.js";

/** How far a phase had come after a time. */
export interface SyncMark {
  readonly heightBlocks: number;
  readonly elapsedMs: number;
}

/** What one phase of the start really did. */
export interface SyncPhase {
  readonly marks: readonly SyncMark[];
  readonly finalHeightBlocks: number;
  readonly durationMs: number;
}

const MAX_MARKS = 10;

/** Notes at most ten marks, evenly over however many blocks there are. */
export class SyncMarks {
  readonly #startedMs: number;
  readonly #nowMs: () => number;
  #marks: SyncMark[] = [];
  #everyBlocks = 1;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#startedMs = nowMs();
  }

  note(heightBlocks: number): void {
    if (heightBlocks === 0 || heightBlocks % this.#everyBlocks !== 0) return;
    this.#marks.push({ heightBlocks, elapsedMs: this.#nowMs() - this.#startedMs });
    if (this.#marks.length <= MAX_MARKS) return;
    this.#everyBlocks *= 2;
    this.#marks = this.#marks.filter((mark) => mark.heightBlocks % this.#everyBlocks === 0);
  }

  end(finalHeightBlocks: number): SyncPhase {
    return { marks: this.#marks, finalHeightBlocks, durationMs: this.#nowMs() - this.#startedMs };
  }
}

export interface SyncStory {
  readonly headers: SyncPhase;
  readonly blocks: SyncPhase;
}

export type SyncPhaseName = "Initial" | "Headers" | "Blocks" | "Synced";

/** The events of category Sync for what the start did; `enter` hears of each phase when its event leaves. */
export function tellSync(
  outbox: Outbox,
  { headers, blocks }: SyncStory,
  enter: (phase: SyncPhaseName) => void,
): void {
  const change = (old_state: SyncPhaseName, new_state: SyncPhaseName) => {
    outbox.say(() => {
      enter(new_state);
      return { type: "SyncStateChanged", payload: { old_state, new_state } };
    });
  };
  const seconds = (ms: number) => Math.round(ms / 1000);
  const share = (height: number, final: number) => (final === 0 ? 100 : (100 * height) / final);

  change("Initial", "Headers");
  outbox.say(() => ({ type: "HeadersSyncStarted", payload: { start_height: 0 } }));
  const { finalHeightBlocks: target_height } = headers;
  for (const { heightBlocks: current_height } of headers.marks) {
    const progress_percent = share(current_height, target_height);
    const payload = { current_height, target_height, progress_percent };
    outbox.say(() => ({ type: "HeadersSyncProgress", payload }));
  }
  const read = { final_height: target_height, duration_seconds: seconds(headers.durationMs) };
  outbox.say(() => ({ type: "HeadersSyncCompleted", payload: read }));

  change("Headers", "Blocks");
  outbox.say(() => ({ type: "BlockSyncStarted", payload: { start_height: 0, target_height } }));
  let last: SyncMark = { heightBlocks: 0, elapsedMs: 0 };
  for (const mark of blocks.marks) {
    const seconds = Math.max(mark.elapsedMs - last.elapsedMs, 0.001) / 1000;
    const payload = {
      current_height: mark.heightBlocks,
      target_height,
      progress_percent: share(mark.heightBlocks, target_height),
      blocks_per_second: (mark.heightBlocks - last.heightBlocks) / seconds,
    };
    outbox.say(() => ({ type: "BlockSyncProgress", payload }));
    last = mark;
  }
  const connected = {
    final_height: blocks.finalHeightBlocks,
    duration_seconds: seconds(blocks.durationMs),
  };
  outbox.say(() => ({ type: "BlockSyncCompleted", payload: connected }));
  change("Blocks", "Synced");
}
