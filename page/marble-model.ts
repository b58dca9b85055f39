import type { PageTick } from "../src/http/page/page-messages.js";

/** How long what happened stays, whether it is in sight or not. */
const KEEP_MS = 20_000;
const MAX_LOSSES = 30;
/** More of them no one reads, and no canvas holds. */
const MAX_LANES = 64;
/** A clock that goes back by more was set. */
const CLOCK_SET_MS = 2_000;
/** Losses of one module that are closer than this are one line of the list. */
const SAME_EPISODE_MS = 1_500;

export interface Marble {
  readonly seq: number;
  readonly type: string;
  readonly atMs: number;
  fate: string;
}

/** What the books say of one tick, of all events, shown or not. */
export interface LaneMark {
  readonly atMs: number;
  readonly dropped: number;
  readonly failed: number;
  readonly gaps: number;
}

export interface Lane {
  readonly module: string;
  marbles: Marble[];
  marks: LaneMark[];
}

export interface LossEpisode {
  readonly key: number;
  readonly module: string;
  readonly fromMs: number;
  toMs: number;
  dropped: number;
  failed: number;
  gaps: number;
}

/** What the marble diagram shows: bounded by time, 60 events a second and lane, 64 lanes, and 30 losses. */
export class MarbleModel {
  readonly #lanes = new Map<string, Lane>();
  #sampled: { readonly atMs: number; readonly shown: number; readonly published: number }[] = [];
  #losses: LossEpisode[] = [];
  #nextKey = 1;

  /** Of modules that are installed, or were when the latest events came; by name, and at most 64. */
  lanes(installed: readonly string[]): readonly Lane[] {
    const names = new Set([...installed, ...this.#lanes.keys()]);
    return [...names]
      .map((module) => this.#lanes.get(module) ?? { module, marbles: [], marks: [] })
      .sort((a, b) => (a.module < b.module ? -1 : 1))
      .slice(0, MAX_LANES);
  }

  /** The newest first. */
  get losses(): readonly LossEpisode[] {
    return this.#losses;
  }

  /** Of the last five seconds, how many events were shown and how many there were. */
  sampling(): { readonly shown: number; readonly published: number } {
    const recent = this.#sampled.filter(({ atMs }) => atMs > this.newestMs - 5_000);
    return {
      shown: recent.reduce((sum, { shown }) => sum + shown, 0),
      published: recent.reduce((sum, { published }) => sum + published, 0),
    };
  }

  /** The end of the newest tick, milliseconds since 1970; 0 before the first. */
  get newestMs(): number {
    return this.#sampled.at(-1)?.atMs ?? 0;
  }

  add(tick: PageTick): void {
    const { at_ms, published, events, lanes } = tick;
    // What lies in the future of a clock that was set back would never leave.
    if (at_ms < this.newestMs - CLOCK_SET_MS) this.#clear();
    const about = new Map(events.map(([seq, type, publishedMs]) => [seq, { type, publishedMs }]));
    for (const [module, { fates, dropped, failed, gaps }] of Object.entries(lanes)) {
      const lane = this.#lane(module);
      for (const [seq, fate] of fates) {
        const event = about.get(seq);
        if (event !== undefined) lane.marbles.push({ seq, type: event.type, atMs: event.publishedMs, fate });
      }
      if (dropped + failed + gaps > 0) lane.marks.push({ atMs: at_ms, dropped, failed, gaps });
    }
    this.noteLosses(tick);
    this.#sampled.push({ atMs: at_ms, shown: events.length, published });
    this.#forget(at_ms - KEEP_MS);
  }

  /** Takes what was lost into the list alone: the diagram may stand still, losses go on. */
  noteLosses({ at_ms, lanes }: PageTick): void {
    for (const [module, { dropped, failed, gaps }] of Object.entries(lanes))
      if (dropped + failed + gaps > 0) this.#noteLoss(module, at_ms, { dropped, failed, gaps });
  }

  /** Fates that were open are known now. */
  settle(late: PageTick["late"]): void {
    for (const [module, fates] of Object.entries(late)) {
      const lane = this.#lanes.get(module);
      for (const [seq, fate] of fates) {
        const marble = lane?.marbles.find((each) => each.seq === seq);
        if (marble !== undefined) marble.fate = fate;
      }
    }
  }

  #noteLoss(module: string, atMs: number, more: { dropped: number; failed: number; gaps: number }): void {
    const last = this.#losses.find((each) => each.module === module);
    if (last !== undefined && atMs >= last.toMs && atMs - last.toMs <= SAME_EPISODE_MS) {
      last.toMs = atMs;
      last.dropped += more.dropped;
      last.failed += more.failed;
      last.gaps += more.gaps;
      return;
    }
    this.#losses.unshift({ key: this.#nextKey++, module, fromMs: atMs, toMs: atMs, ...more });
    this.#losses.length = Math.min(this.#losses.length, MAX_LOSSES);
  }

  #lane(module: string): Lane {
    const known = this.#lanes.get(module);
    if (known !== undefined) return known;
    const made: Lane = { module, marbles: [], marks: [] };
    this.#lanes.set(module, made);
    return made;
  }

  #clear(): void {
    this.#lanes.clear();
    this.#sampled = [];
  }

  #forget(beforeMs: number): void {
    for (const [module, lane] of this.#lanes) {
      lane.marbles = lane.marbles.filter(({ atMs }) => atMs >= beforeMs);
      lane.marks = lane.marks.filter(({ atMs }) => atMs >= beforeMs);
      if (lane.marbles.length + lane.marks.length === 0) this.#lanes.delete(module);
    }
    this.#sampled = this.#sampled.filter(({ atMs }) => atMs >= beforeMs);
  }
}
