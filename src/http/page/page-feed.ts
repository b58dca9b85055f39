import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { interval, type SchedulerLike, Subscription } from "rxjs";
import { eventDefinition, eventTypes } from "../../events/index.js";
import type { PageHello, PageLane, PageTick, SeenFate } from "./page-messages.js";
import type { LaneReading, PageSource } from "./page-offer.js";
import { sampleSeqs } from "./sample-seqs.js";

const TICK_MS = 200;
/** What happens to an event is asked this long after its tick: most modules have acknowledged by then. */
const SETTLE_MS = 1_000;
/** Events of one tick that are shown. */
const MAX_EVENTS = 12;
/** A tick without events is told only so often: it says that the host lives. */
const QUIET_TICKS = 5;
/** A reader with more than this unread is closed: what it would see is long past. */
const MAX_UNREAD_BYTES = 256 * 1024;
/** Fates that were open when they were told are asked again, until they would have left the page. */
const ASK_AGAIN_MS = 1_000;
const GIVE_UP_MS = 20_000;
const MAX_OPEN_FATES = 1_000;
const MAX_ASKED_AGAIN = 200;

const openFates: ReadonlySet<string> = new Set(["waiting", "in_flight"]);
/** The event was none of the module's. */
const noFates: ReadonlySet<string> = new Set(["not_subscribed", "not_addressed", "not_published"]);

interface TakenTick extends Pick<PageTick, "at_ms" | "published" | "last_seq"> {
  readonly dueMs: number;
  readonly seqs: readonly number[];
  readonly counts: readonly LaneReading[];
}

interface OpenFate {
  readonly module: string;
  readonly seq: number;
  readonly sinceMs: number;
  dueMs: number;
}

export interface PageFeedDependencies {
  readonly source: PageSource;
  readonly scheduler: SchedulerLike;
  /** Differs with the page's own files. */
  readonly pageId: string;
  /** Milliseconds since 1970. */
  readonly wallClockMs?: () => number;
}

/**
 * What the marble diagram shows, as server-sent events: `hello` once, then `tick`s.
 *
 * - It samples: of each fifth of a second at most 12 events are shown, whatever the rate, and of many none that no module
 *   wants. The counts of a tick come from the books and hold all events, so that no loss is hidden by it.
 * - It is made once for all readers, and only while there is one: without readers nothing is asked, kept or timed.
 * - Bound: a reader with 256 KiB unread is closed; at most 1,000 open fates are kept, for 20 s.
 */
export class PageFeed {
  readonly #source: PageSource;
  readonly #scheduler: SchedulerLike;
  readonly #wallClockMs: () => number;
  readonly #hostId = randomUUID();
  readonly #pageId: string;
  readonly #readers = new Set<ServerResponse>();
  #running = new Subscription();
  #lastSeq = 0;
  #readings: ReadonlyMap<string, LaneReading> = new Map();
  #taken: TakenTick[] = [];
  #open: OpenFate[] = [];
  #quietTicks = 0;

  constructor({ source, scheduler, pageId, wallClockMs = Date.now }: PageFeedDependencies) {
    this.#source = source;
    this.#scheduler = scheduler;
    this.#pageId = pageId;
    this.#wallClockMs = wallClockMs;
  }

  get readerCount(): number {
    return this.#readers.size;
  }

  /** Sends ticks to a response whose head was written; forgets it when it closes. */
  add(response: ServerResponse): void {
    response.once("close", () => this.#remove(response));
    response.on("error", () => response.destroy());
    response.write(message("hello", this.#hello()));
    this.#readers.add(response);
    if (this.#readers.size === 1) this.#start();
  }

  /** Ends every feed. */
  close(): void {
    this.#stop();
    for (const response of this.#readers) response.end();
    this.#readers.clear();
  }

  #hello(): PageHello {
    return {
      at_ms: this.#wallClockMs(),
      host_id: this.#hostId,
      page_id: this.#pageId,
      tick_ms: TICK_MS,
      max_events: MAX_EVENTS,
      categories: Object.fromEntries(eventTypes.map((type) => [type, eventDefinition(type).category])),
    };
  }

  #start(): void {
    this.#lastSeq = this.#source.lastSeq();
    this.#readings = byModule(this.#source.readings());
    this.#running = interval(TICK_MS, this.#scheduler).subscribe(() => this.#tick());
  }

  #remove(response: ServerResponse): void {
    this.#readers.delete(response);
    if (this.#readers.size === 0) this.#stop();
  }

  #stop(): void {
    this.#running.unsubscribe();
    this.#taken = [];
    this.#open = [];
    this.#readings = new Map();
  }

  #tick(): void {
    const nowMs = this.#scheduler.now();
    this.#taken.push(this.#take(nowMs));
    for (let next = this.#taken[0]; next !== undefined && next.dueMs <= nowMs; next = this.#taken[0]) {
      this.#taken.shift();
      this.#tell(next, nowMs);
    }
  }

  #take(nowMs: number): TakenTick {
    const fromSeq = this.#lastSeq + 1;
    const toSeq = this.#source.lastSeq();
    const readings = this.#source.readings();
    const wanted = this.#source.wantedTypes();
    const typeOf = (seq: number) => {
      const type = this.#source.typeOf(seq);
      return type !== undefined && wanted.has(type) ? type : undefined;
    };
    const counts = readings.map((now) => grown(this.#readings.get(now.module), now));
    this.#lastSeq = toSeq;
    this.#readings = byModule(readings);
    return {
      at_ms: this.#wallClockMs(),
      dueMs: nowMs + SETTLE_MS,
      published: toSeq - fromSeq + 1,
      last_seq: toSeq,
      seqs: sampleSeqs(fromSeq, toSeq, typeOf, MAX_EVENTS),
      counts,
    };
  }

  #tell({ at_ms, published, last_seq, seqs, counts }: TakenTick, nowMs: number): void {
    const late = this.#askAgain(nowMs);
    const isQuiet = published === 0 && counts.every(isNothing) && Object.keys(late).length === 0;
    this.#quietTicks = isQuiet ? this.#quietTicks + 1 : 0;
    if (isQuiet && this.#quietTicks % QUIET_TICKS !== 0) return;
    const times = new Map<number, number>();
    const lanes: Record<string, PageLane> = {};
    for (const reading of counts) {
      const fates = this.#fatesOf(reading.module, seqs, times, nowMs);
      if (fates.length === 0 && isNothing(reading)) continue;
      const { module, ...numbers } = reading;
      lanes[module] = { ...numbers, fates };
    }
    const events = seqs.flatMap((seq) => {
      const type = this.#source.typeOf(seq);
      return type === undefined ? [] : [[seq, type, times.get(seq) ?? at_ms] as const];
    });
    this.#send(message("tick", { at_ms, published, last_seq, events, lanes, late } satisfies PageTick));
  }

  #fatesOf(
    module: string,
    seqs: readonly number[],
    times: Map<number, number>,
    nowMs: number,
  ): readonly SeenFate[] {
    const fates: SeenFate[] = [];
    for (const seq of seqs) {
      const { fate, published_ms } = this.#source.fateOf(module, seq);
      if (published_ms !== undefined) times.set(seq, published_ms);
      if (noFates.has(fate)) continue;
      fates.push([seq, fate]);
      if (openFates.has(fate) && this.#open.length < MAX_OPEN_FATES)
        this.#open.push({ module, seq, sinceMs: nowMs, dueMs: nowMs + ASK_AGAIN_MS });
    }
    return fates;
  }

  #askAgain(nowMs: number): Readonly<Record<string, readonly SeenFate[]>> {
    const late: Record<string, SeenFate[]> = {};
    let asked = 0;
    this.#open = this.#open.filter((open) => {
      if (open.dueMs > nowMs || asked >= MAX_ASKED_AGAIN) return true;
      asked++;
      const { fate } = this.#source.fateOf(open.module, open.seq);
      if (openFates.has(fate)) {
        open.dueMs = nowMs + ASK_AGAIN_MS;
        return nowMs - open.sinceMs < GIVE_UP_MS;
      }
      late[open.module] ??= [];
      late[open.module]?.push([open.seq, fate]);
      return false;
    });
    return late;
  }

  #send(text: string): void {
    for (const response of this.#readers) {
      if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
      else response.write(text);
    }
  }
}

function byModule(readings: readonly LaneReading[]): ReadonlyMap<string, LaneReading> {
  return new Map(readings.map((reading) => [reading.module, reading]));
}

/** A module that connects for the first time has all of its counts from this tick. */
function grown(before: LaneReading | undefined, now: LaneReading): LaneReading {
  if (before === undefined) return now;
  return {
    module: now.module,
    delivered: now.delivered - before.delivered,
    dropped: now.dropped - before.dropped,
    failed: now.failed - before.failed,
    filtered: now.filtered - before.filtered,
    gaps: Math.max(0, now.gaps - before.gaps),
  };
}

function isNothing({ delivered, dropped, failed, filtered, gaps }: LaneReading): boolean {
  return delivered === 0 && dropped === 0 && failed === 0 && filtered === 0 && gaps === 0;
}

function message(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
