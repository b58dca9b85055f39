import type { Observable } from "rxjs";
import type { EventType } from "../events/index.js";
import { BoundedChannel } from "./bounded-channel.js";
import type { EventRecord } from "./event-record.js";
import type { EventRun } from "./event-run.js";
import { FilterGate } from "./filter-gate.js";
import { GapMark, type GapReason } from "./gap.js";
import type { OpenPipeline } from "./history/explain-event.js";
import { PipelineHistory } from "./history/pipeline-history.js";
import { type InFlightWindow, inFlightWindowFor } from "./in-flight-window.js";
import type { IntakeOwner } from "./intake.js";
import { KeptFrames } from "./kept-frames.js";
import type { ModuleBooks } from "./module-books.js";
import { PipelineLog } from "./pipeline-log.js";
import { PipelineLosses } from "./pipeline-losses.js";
import type {
  AckOutcome,
  EventFilter,
  EventSink,
  PipelineDependencies,
  PipelineOptions,
} from "./pipeline-options.js";
import { SentGaps } from "./sent-gaps.js";
import { failAll, failForSuccessor, failWaiting, settleUpTo } from "./settlement.js";
import { SubscriptionSet } from "./subscription-set.js";
import type { TypeCounters } from "./type-counters.js";

/**
 * One module's subscription: from the Subjects of its event types through a bounded channel and the in-flight
 * window to its connection. One per connection, which it outlives only for a reload: {@link hold}, {@link detach},
 * {@link resume}, {@link release}.
 *
 * - Order: entries reach the sink in the order in which they were accepted.
 * - Loss: a full channel drops the new event; an event that can't be encoded is dropped; both leave a gap mark.
 * - Nothing here waits: {@link pump} moves what the gate lets through and returns.
 * - {@link close} counts what waits or is in flight as failed (closed); the books outlive the pipeline.
 *
 * @see delivery.md, promises 3 to 8 and 10
 */
export class ModulePipeline implements IntakeOwner {
  readonly moduleName: string;
  readonly #deps: PipelineDependencies;
  readonly #log: PipelineLog;
  readonly #gate: FilterGate;
  readonly #history: PipelineHistory;
  readonly #losses: PipelineLosses;
  #options: PipelineOptions;
  /** The books and the sink stand here by themselves: each event goes through both. */
  readonly #books: ModuleBooks;
  #sink: EventSink;
  #hasAcks: boolean;
  /** Longest frame that this module can be sent. */
  #maxEventBytes: number;
  readonly subscriptions: SubscriptionSet;
  readonly #channel: BoundedChannel;
  readonly #kept = new KeptFrames();
  #inFlight: InFlightWindow;
  readonly #sentGaps = new SentGaps();
  #highestSentSeq = 0;
  /** The newest event that had to queue, or was sent over a connection that is gone. */
  #highestQueuedSeq = 0;
  #highestAckedSeq = 0;
  /** No episode of drops is under way, and this pipeline is neither held nor shut. */
  #isUndisturbed = true;
  #isHeld = false;
  #isShut = false;
  #isClosed = false;

  constructor(deps: PipelineDependencies, options: PipelineOptions) {
    this.moduleName = deps.books.moduleName;
    this.#deps = deps;
    this.#log = new PipelineLog(deps.log, this.moduleName);
    this.#gate = new FilterGate(this.#log, ({ event }, cause) => this.#history.lost(event.seq, cause, this));
    this.#history = new PipelineHistory(deps.history, deps.recent);
    this.#losses = new PipelineLosses(deps, this.#log, this.#history, this, this.#markLoss);
    this.subscriptions = new SubscriptionSet(this, this.#history);
    this.#books = deps.books;
    this.#sink = deps.sink;
    this.#options = options;
    this.#hasAcks = options.hasAcks;
    this.#maxEventBytes = Math.min(options.maxFrameBytes, options.max_bytes);
    this.#channel = new BoundedChannel({ capacity: options.capacity, maxBytes: options.max_bytes });
    this.#inFlight = inFlightWindowFor(options);
    deps.books.acks = options.hasAcks;
  }

  get waitingEvents(): number {
    return this.#channel.waitingEvents;
  }

  get inFlightEvents(): number {
    return this.#inFlight.count;
  }

  get heldBytes(): number {
    return this.#channel.heldBytes;
  }

  get capacityEvents(): number {
    return this.#options.capacity;
  }

  /** Age in milliseconds of the oldest event that waits, 0 when none does. */
  get oldestWaitingAgeMs(): number {
    const first = this.#channel.firstEvent();
    return first === undefined ? 0 : this.#deps.nowMs() - first.publishedAtMs;
  }

  /** The oldest event that waits, 0 when none does. */
  get oldestWaitingSeq(): number {
    return this.#channel.firstEvent()?.event.seq ?? 0;
  }

  get acceptedSeq(): number {
    return Math.max(this.#highestSentSeq, this.#highestQueuedSeq);
  }

  /** How far it has sent and settled, for {@link EventBus.explain}. */
  get progress(): OpenPipeline {
    return {
      life: this.#history.life,
      sentSeq: this.#highestSentSeq,
      unsettledSeq: this.#inFlight.oldestSeq(),
      waitingEvents: this.#channel.waitingEvents,
      stalledSinceMs: Math.max(this.#books.lastSettledMs, this.#inFlight.oldestPublishedAtMs()),
    };
  }

  /** True when every accepted event was acknowledged, or written where nobody acknowledges. */
  get isSettled(): boolean {
    this.#deps.catchUp();
    return this.#channel.waitingEvents === 0 && this.#inFlight.count === 0;
  }

  /** An episode of drops is under way: it began with the first one and ends when the channel is empty. */
  get isSlow(): boolean {
    return this.#log.isDropping;
  }

  /**
   * Adds a type to the set; a type that is in it already changes nothing, nor does its filter.
   * @returns whether the type is new.
   */
  subscribe(type: EventType, records$: Observable<EventRecord>, filter?: EventFilter): boolean {
    if (this.#isShut) return false;
    this.#deps.catchUp();
    this.#books.noteSubscribed(type);
    return this.subscriptions.add(type, records$, filter);
  }

  /** Removes a type from the set. What was queued before is still delivered. */
  unsubscribe(type: EventType): void {
    this.#deps.catchUp();
    this.subscriptions.remove(type);
  }

  /** The books of one type. */
  counters(typeIndex: number): TypeCounters {
    return this.#books.counters(typeIndex);
  }

  /**
   * Takes one event into the books of its type and, when there is room, into the channel.
   * Most find nothing before them and go straight through: their way is kept so short that it is compiled as one piece.
   */
  accept(record: EventRecord, counters = this.counters(record.typeIndex), filter?: EventFilter): void {
    counters.matched++;
    if (filter === undefined && this.#passesStraight(record.frameBytes)) this.#sendEvent(record, counters);
    else this.#queue(record, counters, filter);
  }

  acceptRun(run: EventRun, counters: TypeCounters): boolean {
    const events = run.records.length;
    if (!this.#hasAcks || !this.#passesStraight(run.frameBytes, run.longestFrameBytes, events)) return false;
    counters.matched += events;
    counters.inFlight += events;
    this.#inFlight.pushRun(run);
    this.#highestSentSeq = run.last.event.seq;
    this.#sink.sendEvent(run.frame, this.#highestSentSeq, events);
    return true;
  }

  onFault(record: EventRecord, cause: unknown): void {
    this.#log.noteFault(record, cause);
  }

  /** Takes one event for which room is reserved: a full channel can't lose it (promise 9). */
  acceptReserved(record: EventRecord): void {
    if (this.#isClosed) return;
    const counters = this.#books.counters(record.typeIndex);
    counters.matched++;
    const { type, seq } = record.event;
    if (!this.subscriptions.has(type)) this.#history.tookUnsubscribed(type, seq);
    const filter = this.subscriptions.filterOf(type);
    if (filter !== undefined && !this.#gate.passes(record, filter, counters)) return;
    if (this.#losses.isSendable(record, counters, this.#maxEventBytes)) this.#enqueue(record, counters);
  }

  /** Hands to the sink whatever may leave now: marks while the sink has demand, events while the gate is open. */
  pump(): void {
    this.#deps.catchUp();
    this.#pump();
  }

  #pump(): void {
    if (this.#isHeld) return;
    for (let entry = this.#channel.first(); entry !== undefined; entry = this.#channel.first()) {
      if (entry instanceof GapMark) {
        if (!this.#sink.hasDemand) break;
        this.#channel.shift();
        if (this.#options.hasGaps) this.#sendGap(entry);
      } else {
        if (!this.#isGateOpen()) break;
        this.#channel.shift();
        const counters = this.#books.counters(entry.typeIndex);
        counters.waiting--;
        this.#sendEvent(entry, counters);
      }
    }
    if (!this.#log.isDropping || this.#channel.waitingEvents > 0) return;
    this.#log.noteEmpty();
    this.#isUndisturbed = !this.#isShut && !this.#isHeld;
  }

  /**
   * Takes a cumulative acknowledgement: every event up to `seq` was handled.
   * @returns "beyond_sent" when `seq` was never sent, which the caller answers by closing.
   */
  acknowledge(seq: number): AckOutcome {
    this.#deps.catchUp();
    if (seq > this.#highestSentSeq) return "beyond_sent";
    if (!this.#hasAcks || seq <= this.#highestAckedSeq) return "ignored";
    this.#highestAckedSeq = seq;
    this.#sentGaps.acknowledge(seq);
    this.#settle(seq);
    this.#pump();
    return "taken";
  }

  /** Without acknowledgements: everything up to `seq` left this process. */
  written(seq: number): void {
    this.#deps.catchUp();
    // A write that held no event settles nothing and must not move the acknowledged seq back.
    if (!this.#hasAcks && this.#inFlight.oldestSeq() <= seq) this.#settle(seq);
    this.#pump();
  }

  /** Takes what was published before and still waits for its neighbours: whatever the connection carries next stands behind. */
  catchUp(): void {
    this.#deps.catchUp();
  }

  /** Ends every subscription and lets no further event leave; what is in flight may still be acknowledged. */
  shut(): void {
    this.#deps.catchUp();
    this.#isShut = true;
    this.#isUndisturbed = false;
    this.subscriptions.clear();
  }

  /**
   * Closes the gate for a hand-over: what is in flight may still be acknowledged, what waits stays, and new events
   * queue behind it. @see delivery.md, "Reload without loss"
   */
  hold(): void {
    this.#deps.catchUp();
    this.#isHeld = true;
    this.#isUndisturbed = false;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /**
   * The connection of a held pipeline is gone: what it left unacknowledged is failed, and the successor is told, also of
   * losses that the predecessor was told of and may never have heard.
   */
  detach(reason = "reload"): void {
    if (this.#isClosed) return;
    this.#deps.catchUp();
    this.#endConnection(reason);
    failForSuccessor(this.#inFlight, this.#channel, this.#books, this.#sentGaps);
  }

  /** Gives a held pipeline its next connection. The gate stays closed until {@link release}. */
  resume(sink: EventSink, options: PipelineOptions): void {
    this.#deps.catchUp();
    this.#sink = sink;
    this.#options = options;
    this.#hasAcks = options.hasAcks;
    this.#maxEventBytes = Math.min(options.maxFrameBytes, options.max_bytes);
    this.#channel.setLimits({ capacity: options.capacity, maxBytes: options.max_bytes });
    this.#inFlight = inFlightWindowFor(options);
    this.#highestAckedSeq = 0;
    this.#books.acks = options.hasAcks;
  }

  /**
   * Opens the gate of a held pipeline at the successor's first subscription: what waits of other types is failed, what
   * the successor's filters refuse is filtered. Subscriptions to other types end, and those that had a filter or get one:
   * whoever releases makes these anew.
   * @returns whether it was held.
   */
  release(types: readonly EventType[], filters: ReadonlyMap<EventType, EventFilter> = new Map()): boolean {
    if (!this.#isHeld) return false;
    this.#deps.catchUp();
    const wanted = new Set(types);
    for (const type of this.subscriptions.types())
      if (!wanted.has(type) || filters.has(type) || this.subscriptions.filterOf(type) !== undefined)
        this.unsubscribe(type);
    this.#gate.sift(this.#channel, wanted, filters, this.#books);
    this.#isHeld = false;
    this.#isUndisturbed = !this.#log.isDropping && !this.#isShut;
    this.#sink.requestFlush();
    return true;
  }

  /** Ends every subscription; what waits or is in flight becomes failed (closed). Idempotent. */
  close(reason = "closed"): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.shut();
    this.#endConnection(reason);
    failAll(this.#inFlight, this.#channel, this.#books);
    failWaiting(this.#channel, this.#books);
  }

  #settle(seq: number): void {
    settleUpTo(seq, this.#deps.nowMs(), this.#inFlight, this.#channel, this.#books);
    this.#books.lastAckAtMs = this.#deps.wallClockMs();
    this.#history.acknowledged(seq, this.#books.lastAckAtMs);
  }

  /** Whether one frame that was encoded, or several, may leave at once; the bytes are then held. */
  #passesStraight(frameBytes: number, longestFrameBytes = frameBytes, events = 1): boolean {
    return (
      frameBytes > 0 &&
      longestFrameBytes <= this.#maxEventBytes &&
      this.#isUndisturbed &&
      this.#inFlight.hasRoomFor(events) &&
      (this.#hasAcks || this.#sink.hasDemand) &&
      this.#channel.pass(frameBytes)
    );
  }

  #queue(record: EventRecord, counters: TypeCounters, filter: EventFilter | undefined): void {
    if (filter !== undefined && !this.#gate.passes(record, filter, counters)) return;
    if (!this.#losses.isSendable(record, counters, this.#maxEventBytes)) return;
    if (this.#channel.hasRoom(record.frameBytes, record.isCritical)) this.#enqueue(record, counters);
    else {
      this.#isUndisturbed = false;
      this.#losses.dropFull(record, counters);
    }
  }

  #enqueue(record: EventRecord, counters: TypeCounters): void {
    if (this.#passesStraight(record.frameBytes)) {
      this.#sendEvent(record, counters);
      return;
    }
    counters.waiting++;
    this.#highestQueuedSeq = record.event.seq;
    record.keepIn(this.#kept);
    this.#channel.push(record);
    this.#pump();
  }

  #isGateOpen(): boolean {
    if (this.#inFlight.isFull || this.#isShut || this.#isHeld) return false;
    return this.#hasAcks || this.#sink.hasDemand;
  }

  #sendEvent(record: EventRecord, counters: TypeCounters): void {
    counters.inFlight++;
    const { seq } = record.event;
    this.#inFlight.push(seq, record.typeIndex, record.frameBytes, record.publishedAtMs);
    this.#highestSentSeq = seq;
    this.#sink.sendEvent(record.frame, seq);
  }

  #sendGap(mark: GapMark): void {
    this.#books.gapsSent++;
    this.#highestSentSeq = mark.toSeq;
    if (this.#hasAcks) this.#sentGaps.push(mark);
    this.#sink.sendGap(mark);
  }

  #endConnection(reason: string): void {
    this.#history.ended(this.progress, reason, !this.#isClosed);
    this.#highestQueuedSeq = this.acceptedSeq;
    this.#highestSentSeq = 0;
  }

  readonly #markLoss = (seq: number, reason: GapReason): void => {
    if (!this.#options.hasGaps && !this.#isHeld) return; // A successor may be one that hears of gaps.
    this.#channel.markLoss(seq, reason);
    this.#sink.requestFlush();
  };
}
