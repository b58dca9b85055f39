import type { EventType } from "../../events/index.js";
import { AckRecord } from "./ack-record.js";
import { LossRecord } from "./loss-record.js";

/** Subscriptions of one module that are kept: each type of the catalogue, and some changes of mind. */
const MAX_SPANS = 512;
const MAX_CONNECTIONS = 64;
const MAX_REFUSALS = 128;

/** One type in a module's subscription, from one event to another. */
export interface SubscriptionSpan {
  readonly type: EventType;
  /** Which life of a pipeline it belongs to. */
  readonly life: number;
  /** The last event before it. */
  readonly afterSeq: number;
  readonly sinceMs: number;
  /** The last event of it; Infinity while it lasts. */
  lastSeq: number;
  endedMs: number | undefined;
  /** The expression of its filter, undefined when it has none. */
  readonly filter: string | undefined;
}

/** One connection of a pipeline, when it is over: what it sent, and what of that was settled. */
export interface EndedConnection {
  readonly life: number;
  readonly endedMs: number;
  readonly reason: string;
  /** The newest event or mark that was sent; 0 when none was. */
  readonly sentSeq: number;
  /** The oldest event that was sent and not acknowledged; Infinity when all were. */
  readonly unsettledSeq: number;
  /** What waited stayed for a successor. */
  readonly isHandedOver: boolean;
}

/** A SubscribeEvents that was refused. */
export interface Refusal {
  /** The types that it named, as far as they are known; empty when none is. */
  readonly types: readonly string[];
  readonly code: string;
  readonly message: string;
  readonly atMs: number;
  /** The last event before it. */
  readonly afterSeq: number;
}

/**
 * The bounded record of what was decided about one module's events: enough to say of a recent one where it went and why.
 * Only what is out of the ordinary is written down. That an event was delivered follows: the module had subscribed to
 * it, no loss holds it, and an acknowledgement covers it.
 *
 * It lives as long as the module's books; one pipeline at a time writes to it. Memory: at most 256 KiB of losses,
 * 64 KiB of acknowledgements, 512 spans, 64 connections, 128 refusals.
 */
export class ModuleHistory {
  readonly moduleName: string;
  readonly losses = new LossRecord();
  readonly acks = new AckRecord();
  readonly #nowMs: () => number;
  #spans: SubscriptionSpan[] = [];
  #connections: EndedConnection[] = [];
  #refusals: Refusal[] = [];
  #lives = 0;
  /** Subscriptions up to this event may be forgotten. */
  forgottenSpanSeq = 0;
  /** Of connections up to this life some are forgotten, with what they sent up to {@link forgottenSentSeq}. */
  forgottenLife = 0;
  forgottenSentSeq = 0;

  /** @param nowMs milliseconds since 1970 */
  constructor(moduleName: string, nowMs: () => number) {
    this.moduleName = moduleName;
    this.#nowMs = nowMs;
  }

  /** A pipeline begins. @returns the number of its life */
  begin(): number {
    return ++this.#lives;
  }

  get hasLived(): boolean {
    return this.#lives > 0;
  }

  subscribed(type: EventType, life: number, afterSeq: number, filter: string | undefined): void {
    const sinceMs = this.#nowMs();
    this.#spans.push({ type, life, afterSeq, sinceMs, lastSeq: Infinity, endedMs: undefined, filter });
    if (this.#spans.length <= MAX_SPANS) return;
    // What lasts is never forgotten: it is at most one per type.
    const oldest = this.#spans.findIndex(({ lastSeq }) => lastSeq !== Infinity);
    const [gone] = this.#spans.splice(oldest, oldest < 0 ? 0 : 1);
    if (gone !== undefined) this.forgottenSpanSeq = Math.max(this.forgottenSpanSeq, gone.lastSeq);
  }

  unsubscribed(type: EventType, life: number, lastSeq: number): void {
    const span = this.#spans.findLast(
      (each) => each.type === type && each.life === life && each.lastSeq === Infinity,
    );
    if (span === undefined) return;
    span.lastSeq = lastSeq;
    span.endedMs = this.#nowMs();
  }

  ended(connection: Omit<EndedConnection, "endedMs">): void {
    this.#connections.push({ ...connection, endedMs: this.#nowMs() });
    if (this.#connections.length <= MAX_CONNECTIONS) return;
    const gone = this.#connections.shift();
    if (gone === undefined) return;
    this.forgottenLife = gone.life;
    this.forgottenSentSeq = Math.max(this.forgottenSentSeq, gone.sentSeq);
  }

  refused(refusal: Omit<Refusal, "atMs">): void {
    this.#refusals.push({ ...refusal, atMs: this.#nowMs() });
    if (this.#refusals.length > MAX_REFUSALS) this.#refusals.shift();
  }

  /** The spans of a type, oldest first. */
  spansOf(type: EventType): readonly SubscriptionSpan[] {
    return this.#spans.filter((span) => span.type === type);
  }

  /** The ended connections of one life, oldest first. */
  connectionsOf(life: number): readonly EndedConnection[] {
    return this.#connections.filter((connection) => connection.life === life);
  }

  /** The last connection that ended before the module's record goes on, if one did. */
  get lastConnection(): EndedConnection | undefined {
    return this.#connections.at(-1);
  }

  /** The last refusal that concerned a type; one that named no type concerns all. */
  refusalOf(type: EventType): Refusal | undefined {
    return this.#refusals.findLast(({ types }) => types.length === 0 || types.includes(type));
  }
}
