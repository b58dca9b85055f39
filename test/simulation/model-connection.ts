import { Decoder } from "@msgpack/msgpack";
import { type GapFields, gapOf, isMark, type Mark, type Match, referenceFrame } from "./model-event.js";
import type { SimulatedType } from "./simulated-events.js";
import type { ModulePlan } from "./story.js";
import type { Tally } from "./tally.js";

const CRITICAL_SLOTS = 16;
const NO_DEMAND_BYTES = 65_536;
const decoder = new Decoder();

export interface ModelSubscription {
  readonly type: SimulatedType;
  readonly isFiltered: boolean;
  isActive: boolean;
}

/** What a module is to be given, in order. */
export type Sent = { readonly seq: number; readonly gap?: GapFields };

interface Batch {
  readonly bytes: number;
  readonly lastSeq: number;
}

/**
 * One connection as delivery.md and protocol.md describe it, done the slow and obvious way: the queue, the window, the
 * bytes that wait to be written, and the very bytes that the module must receive. It reads no number of the engine.
 */
export class ModelConnection {
  readonly plan: ModulePlan;
  readonly sent: Sent[] = [];
  readonly subscriptions: ModelSubscription[] = [];
  readonly batches: Batch[] = [];
  isGreeted = false;
  /** The module itself has asked for events. */
  hasSubscribed = false;
  isShut = false;
  /** Nothing more goes out until a successor subscribes. */
  isHeld = false;
  isOpen = true;
  /** It was closed over a fault: one frame of farewell follows. */
  hasFarewell = false;
  hadReservedRoom = false;
  inFlight: Match[] = [];
  readonly queue: (Match | Mark)[] = [];
  readonly #tally: Tally;
  /** Losses that the module was told of and has not acknowledged. */
  #toldMarks: { readonly mark: Mark; readonly to: number }[] = [];
  readonly #expected: Uint8Array[] = [];
  #expectedAt = 0;
  #expectedFrame = 0;
  #unread: Uint8Array = new Uint8Array(0);
  #unflushedBytes = 0;
  #unsentBytes = 0;
  #lastEventSeq = 0;
  #highestSentSeq = 0;
  #highestAckedSeq = 0;

  constructor(plan: ModulePlan, tally: Tally) {
    this.plan = plan;
    this.#tally = tally;
  }

  get waiting(): number {
    return this.queue.filter((entry) => !isMark(entry)).length;
  }

  get heldBytes(): number {
    const waiting = this.queue.reduce(
      (sum, entry) => sum + (isMark(entry) ? 0 : entry.event.frame.length),
      0,
    );
    return waiting + this.inFlight.reduce((sum, { event }) => sum + event.frame.length, 0);
  }

  get highestSentSeq(): number {
    return this.#highestSentSeq;
  }

  get highestAckedSeq(): number {
    return this.#highestAckedSeq;
  }

  /** Bytes of a frame that began and hasn't ended. */
  get partialBytes(): number {
    return this.#unread.length;
  }

  /** The bodies that a chunk from the module completes. */
  bodies(chunk: Uint8Array): unknown[][] {
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    const bodies: unknown[][] = [];
    while (this.#unread.length >= 4) {
      const end = 4 + new DataView(this.#unread.buffer, this.#unread.byteOffset).getUint32(0);
      if (end > this.#unread.length) break;
      bodies.push(decoder.decode(this.#unread.subarray(4, end)) as unknown[]);
      this.#unread = this.#unread.subarray(end);
    }
    return bodies;
  }

  /** Takes an event that may be refused. */
  offer(match: Match): void {
    const { capacity, maxBytes } = this.plan;
    const { event } = match;
    if (!this.#isSendable(match)) return this.#lose(match, "failed_serialization");
    const { waiting, heldBytes } = this;
    const reserve = event.isCritical || heldBytes === 0 ? 0 : Math.min(65_536, Math.floor(maxBytes / 8));
    const hasSlot = waiting < capacity + (event.isCritical ? CRITICAL_SLOTS : 0);
    const hasBytes = heldBytes + event.frame.length <= maxBytes - reserve;
    if (hasSlot && hasBytes) {
      if (waiting >= capacity) this.#tally.add("critical slot used");
      if (
        event.isCritical &&
        heldBytes + event.frame.length > maxBytes - Math.min(65_536, Math.floor(maxBytes / 8))
      )
        this.#tally.add("critical bytes used");
      this.#enqueue(match);
      return;
    }
    this.#tally.add(hasSlot ? "drop: byte cap" : "drop: channel full");
    if (event.isCritical) this.#tally.add("drop: critical event");
    this.#lose(match, "dropped_full");
  }

  /** Takes an event for which room is reserved. */
  offerReserved(match: Match): void {
    if (this.waiting >= this.plan.capacity) this.#tally.add("reserved room used when full");
    if (this.#isSendable(match)) this.#enqueue(match);
    else this.#lose(match, "failed_serialization");
  }

  /** The host appends an answer or a ping. */
  append(body: readonly unknown[]): void {
    this.#append(referenceFrame(body));
  }

  /** @returns false when nothing of that seq was ever sent. */
  acknowledge(seq: number): boolean {
    if (seq > this.#highestSentSeq) return false;
    if (!this.plan.hasAcks || seq <= this.#highestAckedSeq) {
      this.#tally.add("ack ignored");
      return true;
    }
    this.#tally.add("ack taken");
    this.#highestAckedSeq = seq;
    this.#toldMarks = this.#toldMarks.filter(({ to }) => to > seq);
    this.#settle(seq);
    this.pump();
    return true;
  }

  /** The turn ends: what was appended becomes one write, which is lost when the peer is gone. */
  flush(isLost: boolean): void {
    if (!this.isOpen) return;
    this.pump();
    const bytes = this.#unflushedBytes;
    this.#unflushedBytes = 0;
    if (bytes === 0 || isLost) return;
    this.batches.push({ bytes, lastSeq: this.#lastEventSeq });
    this.#unsentBytes += bytes;
  }

  /** The oldest write left the host. */
  left(): void {
    const batch = this.batches.shift();
    if (batch === undefined) return;
    this.#unsentBytes -= batch.bytes;
    if (!this.isOpen) return;
    if (!this.plan.hasAcks) {
      if (this.inFlight.some(({ event }) => event.seq <= batch.lastSeq))
        this.#tally.add("delivered by write");
      this.#settle(batch.lastSeq);
    }
    if (this.isGreeted) this.pump();
  }

  /** What could leave and is still here, though a turn has ended: nothing waits for a further event. */
  get leftBehind(): string | undefined {
    if (!this.isOpen || !this.isGreeted) return undefined;
    if (this.#unflushedBytes > 0) return `${this.#unflushedBytes} bytes were appended and are not written`;
    const head = this.queue[0];
    if (head === undefined || this.isHeld) return undefined;
    if (isMark(head)) return this.#hasDemand ? "a gap waits that could be told" : undefined;
    return this.#isGateOpen ? "an event waits though the gate is open" : undefined;
  }

  shut(): void {
    for (const subscription of this.subscriptions) subscription.isActive = false;
    this.subscriptions.length = 0;
    this.isShut = true;
  }

  /** Closed while it is held: the successor is told of what the module may not have handled, and gets what waits. */
  #leaveToSuccessor(): void {
    for (const match of this.inFlight) match.fate = "fate_unknown";
    this.#tally.add("events failed: fate unknown", this.inFlight.length);
    const lost = [...this.#toldMarks.flatMap(({ mark }) => mark.lost), ...this.inFlight];
    if (this.#toldMarks.length > 0) this.#tally.add("reload: a told gap is told again");
    const head = this.queue[0];
    if (head !== undefined && isMark(head)) head.lost.push(...lost);
    else if (lost.length > 0) this.queue.unshift({ lost });
    this.#toldMarks = [];
    this.inFlight = [];
    this.isOpen = false;
  }

  /** A held connection's subscriptions, and what waits, are this one's from now on; it is held as that was. */
  takeOver(predecessor: ModelConnection): void {
    this.queue.push(...predecessor.queue.splice(0));
    this.subscriptions.push(...predecessor.subscriptions.splice(0));
    this.hadReservedRoom = predecessor.hadReservedRoom;
    this.isHeld = true;
    predecessor.isHeld = false;
  }

  /** The successor subscribes: what waits is its own, but for types that it didn't ask for. */
  release(types: readonly SimulatedType[]): void {
    const kept = this.subscriptions.filter(({ type, isFiltered }) => types.includes(type) && !isFiltered);
    for (const subscription of this.subscriptions) subscription.isActive = kept.includes(subscription);
    this.subscriptions.splice(0, Number.POSITIVE_INFINITY, ...kept);
    for (const entry of this.queue.splice(0)) {
      const last = this.queue.at(-1);
      if (isMark(entry) && last !== undefined && isMark(last)) last.lost.push(...entry.lost);
      else if (isMark(entry) || types.includes(entry.event.type)) this.queue.push(entry);
      else {
        entry.fate = "failed_closed";
        this.#tally.add("reload: the successor doesn't want what waits");
      }
    }
    this.hadReservedRoom = false;
    this.isHeld = false;
  }

  /** No successor comes. */
  giveUpHold(): void {
    this.isHeld = false;
    this.isOpen = true;
    this.close();
  }

  close(): void {
    if (!this.isOpen) return;
    if (this.isHeld) return this.#leaveToSuccessor();
    for (const match of this.inFlight) match.fate = "fate_unknown";
    for (const entry of this.queue) if (!isMark(entry)) entry.fate = "failed_closed";
    this.#tally.add("events failed: fate unknown", this.inFlight.length);
    this.#tally.add("events failed: waiting at close", this.waiting);
    this.inFlight = [];
    this.queue.length = 0;
    this.shut();
    this.isOpen = false;
  }

  pump(): void {
    if (this.isHeld) return;
    for (let head = this.queue[0]; head !== undefined; head = this.queue[0]) {
      if (isMark(head)) {
        if (!this.#hasDemand) {
          this.#tally.add("gap waits for demand");
          return;
        }
        // A predecessor's loss is kept for whoever comes: its successor may be one that hears of gaps.
        if (this.plan.hasGaps) this.#sendGap(head);
      } else {
        if (!this.#isGateOpen) {
          if (!this.isShut) this.#tally.add(this.plan.hasAcks ? "window full" : "no demand without acks");
          return;
        }
        head.fate = "in_flight";
        this.inFlight.push(head);
        this.#highestSentSeq = head.event.seq;
        this.#lastEventSeq = head.event.seq;
        this.sent.push({ seq: head.event.seq });
        this.#append(head.event.frame);
      }
      this.queue.shift();
    }
  }

  /** @returns what is wrong with the next bytes that the module receives, or undefined. */
  problemWith(chunk: Uint8Array): string | undefined {
    let at = 0;
    while (at < chunk.length) {
      const frame = this.#expected[this.#expectedFrame];
      if (frame === undefined) {
        if (this.hasFarewell) return undefined;
        return `${chunk.length - at} bytes came that nobody should have sent: ${shownBody(chunk.subarray(at))}`;
      }
      const bytes = Math.min(chunk.length - at, frame.length - this.#expectedAt);
      const isSame = Buffer.from(chunk.buffer, chunk.byteOffset + at, bytes).equals(
        frame.subarray(this.#expectedAt, this.#expectedAt + bytes),
      );
      if (!isSame) return `expected ${shownBody(frame)}, found ${shownBody(chunk.subarray(at))}`;
      at += bytes;
      this.#expectedAt += bytes;
      if (this.#expectedAt < frame.length) continue;
      this.#expectedFrame++;
      this.#expectedAt = 0;
    }
    return undefined;
  }

  /** Every byte that was appended has arrived. */
  get hasArrived(): boolean {
    return this.#expectedFrame === this.#expected.length;
  }

  get #isGateOpen(): boolean {
    if (this.isShut) return false;
    return this.plan.hasAcks ? this.inFlight.length < this.plan.window : this.#hasDemand;
  }

  get #hasDemand(): boolean {
    return this.#unflushedBytes + this.#unsentBytes < NO_DEMAND_BYTES;
  }

  #isSendable({ event }: Match): boolean {
    if (!event.isEncodable) this.#tally.add("serialization: can't be encoded");
    if (!event.isEncodable) return false;
    const isSmall = event.frame.length <= Math.min(this.plan.maxBytes, this.plan.maxFrameBytes);
    if (!isSmall) this.#tally.add("serialization: too large");
    return isSmall;
  }

  #enqueue(match: Match): void {
    this.queue.push(match);
    this.pump();
  }

  #lose(match: Match, fate: "dropped_full" | "failed_serialization"): void {
    match.fate = fate;
    if (!this.plan.hasGaps && !this.isHeld) return;
    const last = this.queue.at(-1);
    if (last !== undefined && isMark(last)) last.lost.push(match);
    else this.queue.push({ lost: [match] });
  }

  #sendGap(mark: Mark): void {
    const gap = gapOf(mark);
    const isMixed = new Set(mark.lost.map(({ fate }) => fate)).size > 1;
    this.#tally.add(isMixed ? "gap: mixed" : `gap: ${gap.reason}`);
    if (gap.count > 1) this.#tally.add("gap of several events");
    this.#highestSentSeq = gap.to;
    this.sent.push({ seq: gap.from, gap });
    if (this.plan.hasAcks) this.#toldMarks.push({ mark, to: gap.to });
    this.append([6, gap.from, gap.to, gap.count, gap.reason]);
  }

  #append(frame: Uint8Array): void {
    this.#expected.push(frame);
    this.#unflushedBytes += frame.length;
  }

  #settle(seq: number): void {
    for (const match of this.inFlight) if (match.event.seq <= seq) match.fate = "delivered";
    this.inFlight = this.inFlight.filter(({ fate }) => fate === "in_flight");
  }
}

function shownBody(frame: Uint8Array): string {
  try {
    return JSON.stringify(decoder.decode(frame.subarray(4))).slice(0, 160);
  } catch {
    return Buffer.from(frame.subarray(0, 40)).toString("hex");
  }
}
