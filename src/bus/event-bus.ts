import { map, merge, type Observable } from "rxjs";
import { Deque } from "../deque.js";
import {
  type AnyEvent,
  type EventEnvelope,
  type EventPayload,
  type EventSource,
  type EventType,
  eventErrors,
  eventTypes,
  isCritical,
  nearestName,
  typeIndex,
} from "../events/index.js";
import { type Logger, unfailingLog } from "../log.js";
import { DeliveryBooks } from "./delivery-books.js";
import { busErrors } from "./errors.js";
import { type EventEncoder, EventRecord } from "./event-record.js";
import { EventRun, MAX_RUN_EVENTS } from "./event-run.js";
import { EventSubject } from "./event-subject.js";
import { explainEvent } from "./history/explain-event.js";
import type { Explanation } from "./history/explanation.js";
import { ModuleHistory } from "./history/module-history.js";
import { RecentEvents } from "./history/recent-events.js";
import { ModulePipeline } from "./module-pipeline.js";
import type { EventFilter, EventSink, PipelineOptions } from "./pipeline-options.js";
import { type PublishedCount, PublishedCounts } from "./published-counts.js";
import { TargetedRecord } from "./targeted-record.js";
import { TurnClock } from "./turn-clock.js";

/** Publishes that may wait their turn before {@link EventBus.publish} throws PUBLISH_LOOP. */
export const MAX_WAITING_PUBLISHES = 10_000;
/** Turns that one publish from outside may set off: a subscriber that answers each event with one never has many waiting. */
const MAX_TURNS_IN_A_ROW = 1_000_000;

export interface EventBusDependencies {
  readonly encode: EventEncoder;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number;
  /** Milliseconds since 1970, for the envelope's timestamp. */
  readonly wallClockMs?: () => number;
  /**
   * Runs `end` when the present run of synchronous code is over. Until then at most neighbouring events wait to be taken
   * by the modules together, unseen by anybody. By default a microtask; with a clock that is lent nobody, and each
   * event is taken at once.
   */
  readonly atRunEnd?: ((end: () => void) => void) | undefined;
}

type Turn = EventRecord | TargetedRecord | (() => void);

/**
 * The host's event source: one Subject per event type, one gapless `seq` for all of them.
 *
 * - Order: every subscriber sees its events in increasing `seq`. What is published from inside a subscriber waits
 *   until the event being delivered reached everybody; at most {@link MAX_WAITING_PUBLISHES} wait so.
 * - Modules get an event first, then whoever else is subscribed. What is published one after another in one run of code
 *   may wait until that code is through ({@link EventRun}), unseen by anybody.
 * - Loss: none here. Each module's {@link ModulePipeline} has its own bounded channel.
 * - `publish` is synchronous and its time does not depend on how slow any module is.
 *
 * @see delivery.md, promises 1 and 2
 */
export class EventBus {
  readonly books = new DeliveryBooks(() => this.#catchUp());
  readonly #encode: EventEncoder;
  readonly #log: Logger;
  readonly #nowMs: () => number;
  readonly #wallClockMs: () => number;
  readonly #clock: TurnClock;
  readonly #atRunEnd: EventBusDependencies["atRunEnd"];
  readonly #subjects: (EventSubject | undefined)[] = new Array(eventTypes.length);
  readonly #all = new EventSubject();
  readonly #pipelines = new Set<ModulePipeline>();
  readonly #published = new PublishedCounts();
  readonly #turns = new Deque<Turn>();
  readonly #recent = new RecentEvents();
  readonly #histories = new Map<string, ModuleHistory>();
  /** Events that were published and that the modules take together. */
  readonly #run = new EventRun();
  #isRunEndAwaited = false;
  #isDelivering = false;
  #isTakingRun = false;
  #turnsInARow = 0;
  #isClosed = false;
  #lastSeq = 0;

  constructor(deps: EventBusDependencies) {
    this.#encode = deps.encode;
    this.#log = unfailingLog(deps.log);
    this.#nowMs = deps.nowMs ?? (() => performance.now());
    const { nowMs, wallClockMs } = deps;
    // A clock that was lent may jump within one run of code: virtual time does.
    const isReal = nowMs === undefined && wallClockMs === undefined;
    this.#wallClockMs = wallClockMs ?? (() => Date.now());
    this.#atRunEnd = deps.atRunEnd ?? (isReal ? queueMicrotask : undefined);
    this.#clock = new TurnClock(
      { nowMs: this.#nowMs, wallClockMs: this.#wallClockMs },
      isReal ? MAX_RUN_EVENTS : 1,
    );
  }

  /** The seq of the newest event, 0 before the first. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /**
   * Publishes one event to every subscriber of its type.
   * The payload is not parsed: whoever takes it from a stranger does that first.
   * @returns the event's seq; it is assigned here even when the event waits its turn.
   * @throws UNKNOWN_EVENT_TYPE, PUBLISH_LOOP, BUS_CLOSED
   */
  publish<T extends EventType>(type: T, payload: EventPayload<T>, source: EventSource = "node"): number {
    const record = this.#record(type, payload, source);
    this.#published.note(record.typeIndex, source);
    this.#take(record);
    return record.event.seq;
  }

  /**
   * Gives one new event, with the next seq, to one module alone: in room reserved for it, or like any other event.
   * @returns the event's seq.
   */
  publishTo<T extends EventType>(
    pipeline: ModulePipeline,
    type: T,
    payload: EventPayload<T>,
    hasReservedRoom = true,
  ): number {
    const record = this.#record(type, payload, "node");
    this.#published.note(record.typeIndex, "node");
    const { moduleName, progress } = pipeline;
    this.#recent.noteTarget(record.event.seq, { moduleName, life: progress.life });
    this.#take(new TargetedRecord(pipeline, record, hasReservedRoom));
    return record.event.seq;
  }

  /** Runs `work` between two events: at once, or when everything that was published before was delivered. */
  atTurn(work: () => void): void {
    this.#take(work);
  }

  /** Events of the named types, in seq order, from now on; completes when the bus closes. */
  events$<T extends EventType>(...types: readonly T[]): Observable<EventEnvelope<T>> {
    const sources = [...new Set(types)].map((type) => this.#subject(this.#indexOf(type)));
    return merge(...sources).pipe(map((record) => record.event as unknown as EventEnvelope<T>));
  }

  /** All events, in seq order, from now on; completes when the bus closes. */
  get all$(): Observable<AnyEvent> {
    return this.#all.pipe(map((record) => record.event));
  }

  /** Opens a module's pipeline onto its connection. Whoever opens it closes it with {@link closePipeline}. */
  openPipeline(moduleName: string, sink: EventSink, options: PipelineOptions): ModulePipeline {
    const pipeline = new ModulePipeline(
      {
        books: this.books.of(moduleName),
        history: this.historyOf(moduleName),
        recent: this.#recent,
        sink,
        encode: this.#encode,
        onEncodeFailure: this.#onEncodeFailure,
        nowMs: this.#nowMs,
        wallClockMs: this.#wallClockMs,
        log: this.#log,
        catchUp: () => this.#catchUp(),
      },
      options,
    );
    this.#pipelines.add(pipeline);
    return pipeline;
  }

  /** `reason` is what is told of events that are lost by it. */
  closePipeline(pipeline: ModulePipeline, reason?: string): void {
    pipeline.close(reason);
    this.#pipelines.delete(pipeline);
  }

  /** Adds a type to a pipeline's set; false when it was in it already. Events published from now on count. */
  subscribe(pipeline: ModulePipeline, type: EventType, filter?: EventFilter): boolean {
    return pipeline.subscribe(type, this.#subject(this.#indexOf(type)), filter);
  }

  /** All that are open, each with everything that was published. */
  pipelines(): Iterable<ModulePipeline> {
    this.#catchUp();
    return this.#pipelines;
  }

  /** Names of the modules that are subscribed to a type now. */
  getSubscribers(type: EventType): string[] {
    return [...this.#pipelines].filter((p) => p.subscriptions.has(type)).map((p) => p.moduleName);
  }

  /** The record of what was decided about a module's events, opened at the first call; as lasting as its books. */
  historyOf(moduleName: string): ModuleHistory {
    this.#catchUp();
    const known = this.#histories.get(moduleName);
    if (known !== undefined) return known;
    const opened = new ModuleHistory(moduleName, this.#wallClockMs);
    this.#histories.set(moduleName, opened);
    return opened;
  }

  /** Why a module did not get an event, or when it did, as far as the bounded record goes. */
  explain(moduleName: string, seq: number): Explanation {
    this.#catchUp();
    const history = this.#histories.get(moduleName);
    const pipeline = [...this.#pipelines].findLast((each) => each.moduleName === moduleName)?.progress;
    return explainEvent(moduleName, seq, { recent: this.#recent, history, pipeline });
  }

  /** The type of a recent event; undefined when it is too long ago or was never published. */
  recentType(seq: number): EventType | undefined {
    return this.#recent.of(seq)?.type;
  }

  publishedCounts(): PublishedCount[] {
    return this.#published.list();
  }

  /** Completes every Observable and closes every pipeline; later publishes throw BUS_CLOSED. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#catchUp();
    this.#isClosed = true;
    for (const pipeline of [...this.#pipelines]) this.closePipeline(pipeline);
    for (const subject of this.#subjects) subject?.complete();
    this.#all.complete();
  }

  #record<T extends EventType>(type: T, payload: EventPayload<T>, source: EventSource): EventRecord {
    if (this.#isClosed) throw busErrors.BUS_CLOSED({ type });
    const index = this.#indexOf(type);
    if (this.#turns.size >= MAX_WAITING_PUBLISHES || this.#turnsInARow >= MAX_TURNS_IN_A_ROW) {
      throw busErrors.PUBLISH_LOOP({
        type,
        waiting: this.#turns.size,
        limit: MAX_WAITING_PUBLISHES,
        inARow: this.#turnsInARow,
        limitInARow: MAX_TURNS_IN_A_ROW,
      });
    }
    // Asked of the payload, which may throw: an event that never was takes no seq.
    const isCriticalEvent = isCritical(type, payload);
    this.#lastSeq++;
    this.#clock.tick();
    this.#recent.note(this.#lastSeq, index, this.#clock.wallMs);
    const event = {
      seq: this.#lastSeq,
      type,
      payload,
      timestamp_ms: this.#clock.wallMs,
      source,
    } as unknown as AnyEvent;
    return new EventRecord(event, index, isCriticalEvent, this.#clock.monotonicMs);
  }

  #take(turn: Turn): void {
    if (this.#isDelivering) {
      this.#turns.push(turn);
      return;
    }
    this.#isDelivering = true;
    try {
      this.#deliverTurns(turn);
    } finally {
      this.#endDelivery();
    }
  }

  #endDelivery(): void {
    this.#isDelivering = false;
    this.#turnsInARow = 0;
  }

  #deliverTurns(first: Turn | undefined): void {
    for (let next = first; next !== undefined; next = this.#turns.shift()) {
      this.#turnsInARow++;
      this.#deliver(next);
    }
  }

  #deliver(turn: Turn): void {
    if (turn instanceof EventRecord) {
      this.#recent.turnSeq = turn.event.seq;
      const subject = this.#subjects[turn.typeIndex];
      if (subject !== undefined) this.#emit(turn, subject);
      if (this.#all.observed) this.#all.next(turn);
      return;
    }
    this.#catchUp();
    if (turn instanceof TargetedRecord) {
      this.#recent.turnSeq = turn.record.event.seq;
      turn.deliver();
    } else {
      try {
        turn();
      } catch (error) {
        // A turn that throws must not swallow the turns behind it.
        this.#log.error({ err: error }, "work between two events failed");
      }
    }
  }

  #emit(record: EventRecord, subject: EventSubject): void {
    if (this.#joinsRun(record, subject)) subject.nextToOthers(record);
    else {
      this.#catchUp();
      subject.next(record);
    }
  }

  /** Whether an event waits to be taken together with its neighbours. It is encoded at once: a payload may change. */
  #joinsRun(record: EventRecord, subject: EventSubject): boolean {
    if (this.#atRunEnd === undefined || !subject.hasTakers) return false;
    if (!record.encodeOnce(this.#encode, this.#onEncodeFailure)) return false;
    if (!this.#run.isNextTo(record)) this.#catchUp();
    this.#run.add(record);
    if (!this.#isRunEndAwaited) {
      this.#isRunEndAwaited = true;
      this.#atRunEnd(this.#endRun);
    }
    return true;
  }

  /**
   * Lets the modules take what waits for its neighbours; nothing waits afterwards. Whoever looks at them, changes them or
   * sends them anything else calls this first.
   */
  #catchUp(): void {
    if (this.#run.records.length === 0 || this.#isTakingRun) return;
    if (this.#isDelivering) return this.#takeRun();
    this.#isDelivering = true;
    try {
      while (this.#run.records.length > 0) {
        this.#takeRun();
        this.#deliverTurns(this.#turns.shift());
      }
    } finally {
      this.#endDelivery();
    }
  }

  /** What is published meanwhile waits its turn: it must not join the run that is being taken. */
  #takeRun(): void {
    const run = this.#run;
    this.#isTakingRun = true;
    try {
      this.#subjects[run.first.typeIndex]?.nextRun(run);
    } finally {
      run.clear();
      this.#isTakingRun = false;
    }
  }

  #subject(index: number): EventSubject {
    const known = this.#subjects[index];
    if (known !== undefined) return known;
    const made = new EventSubject();
    if (this.#isClosed) made.complete();
    this.#subjects[index] = made;
    return made;
  }

  #indexOf(type: EventType): number {
    const index: number | undefined = typeIndex(type);
    if (index === undefined || index < 0)
      throw eventErrors.UNKNOWN_EVENT_TYPE({ type, nearest: nearestName(type, eventTypes) });
    return index;
  }

  readonly #endRun = (): void => {
    this.#isRunEndAwaited = false;
    this.#catchUp();
  };

  readonly #onEncodeFailure = ({ event: { seq, type } }: EventRecord, cause: unknown): void => {
    this.#log.warn(
      { seq, type, err: cause },
      "event can't be encoded and is dropped for each of its subscribers",
    );
  };
}
