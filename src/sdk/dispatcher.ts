import { Observable, Subject } from "rxjs";
import type { AnyEvent, EventEnvelope, EventType } from "../events/index.js";
import type { Delivery, GapNotice } from "./delivery.js";
import type { EventInHand } from "./event-in-hand.js";
import type { Cursor, Inbox } from "./inbox.js";
import { emitGuarded } from "./unhandled-error.js";

export type EventHandler<T extends EventType = EventType> = (event: EventEnvelope<T>) => unknown;
export type GapHandler = (gap: GapNotice) => unknown;

export interface DispatcherHooks {
  readonly eventInHand: Pick<EventInHand, "handle">;
  /** A handler or a subscriber threw, or its promise was rejected. The next delivery follows all the same. */
  onHandlerError(delivery: Delivery, error: unknown): void;
  /** How long all consumers of one event took; undefined when nobody wants to know. */
  noteHandlerTime: ((type: string, durationMs: number) => void) | undefined;
}

type EventDelivery = Extract<Delivery, { readonly kind: "event" }>;

/**
 * Hands deliveries to handlers and Observables, one at a time in the order of the inbox: the next one starts when every
 * handler of this one returned and its promise settled. Emissions come before handlers, handlers in the order in which
 * they were attached. A type without a consumer is passed over. Nothing starts before {@link start} and a first consumer.
 */
export class Dispatcher {
  readonly #inbox: Inbox;
  readonly #hooks: DispatcherHooks;
  /** The lists are replaced, never changed: a delivery that is under way keeps the one with which it began. */
  readonly #handlers = new Map<EventType, readonly EventHandler<never>[]>();
  #gapHandlers: readonly GapHandler[] = [];
  readonly #events = new Map<EventType, Subject<AnyEvent>>();
  #cursor: Cursor | undefined;
  #isStarted = false;
  #isPumping = false;
  #isClosed = false;

  constructor(inbox: Inbox, hooks: DispatcherHooks) {
    this.#inbox = inbox;
    this.#hooks = hooks;
  }

  on<T extends EventType>(type: T, handler: EventHandler<T>): () => void {
    // A wrapper, so that the same function attached twice is called twice and detached once each.
    const attached = ((event) => handler(event)) as EventHandler<T> as EventHandler<never>;
    this.#handlers.set(type, [...this.#handlersOf(type), attached]);
    this.#attach();
    return () => {
      this.#handlers.set(type, without(this.#handlersOf(type), attached));
    };
  }

  onGap(handler: GapHandler): () => void {
    const attached: GapHandler = (gap) => handler(gap);
    this.#gapHandlers = [...this.#gapHandlers, attached];
    this.#attach();
    return () => {
      this.#gapHandlers = without(this.#gapHandlers, attached);
    };
  }

  events$<T extends EventType>(types: readonly T[]): Observable<EventEnvelope<T>> {
    return new Observable((subscriber) => {
      const subscriptions = [...new Set(types)].map((type) =>
        this.#subject(type).subscribe({
          next: (event) => subscriber.next(event as unknown as EventEnvelope<T>),
          complete: () => subscriber.complete(),
        }),
      );
      this.#attach();
      return () => {
        for (const subscription of subscriptions) subscription.unsubscribe();
      };
    });
  }

  /** Lets deliveries flow: the subscription is acknowledged. */
  start(): void {
    this.#isStarted = true;
    this.#pump();
  }

  /** Completes every Observable; deliveries that were not started are not handled. */
  close(): void {
    this.#isClosed = true;
    this.#cursor?.close();
    for (const subject of this.#events.values()) subject.complete();
  }

  #attach(): void {
    this.#cursor ??= this.#inbox.open(() => this.#pump());
    this.#pump();
  }

  #handlersOf(type: EventType): readonly EventHandler<never>[] {
    return this.#handlers.get(type) ?? [];
  }

  #subject(type: EventType): Subject<AnyEvent> {
    const known = this.#events.get(type);
    if (known !== undefined) return known;
    const made = new Subject<AnyEvent>();
    if (this.#isClosed) made.complete();
    this.#events.set(type, made);
    return made;
  }

  #pump(): void {
    const cursor = this.#cursor;
    if (this.#isPumping || !this.#isStarted || this.#isClosed || cursor === undefined) return;
    this.#isPumping = true;
    for (let delivery = cursor.peek(); delivery !== undefined && !this.#isClosed; delivery = cursor.peek()) {
      const pending = this.#dispatch(delivery);
      if (pending !== undefined) {
        void pending.then(() => {
          cursor.advance();
          this.#isPumping = false;
          this.#pump();
        });
        return;
      }
      cursor.advance();
    }
    this.#isPumping = false;
  }

  /** A promise when a handler is still at work, undefined when all is done. Never rejects. */
  #dispatch(delivery: Delivery): Promise<void> | undefined {
    if (delivery.kind === "gap") return this.#run(delivery, this.#gapHandlers, delivery.gap);
    return this.#hooks.eventInHand.handle(delivery.event.seq, () => this.#handle(delivery));
  }

  #handle(delivery: EventDelivery): Promise<void> | undefined {
    const { event } = delivery;
    const { noteHandlerTime } = this.#hooks;
    const startMs = noteHandlerTime === undefined ? 0 : performance.now();
    const subject = this.#events.get(event.type);
    if (subject?.observed)
      emitGuarded(subject, event, (error) => this.#hooks.onHandlerError(delivery, error));
    const handlers = this.#handlers.get(event.type);
    const pending =
      handlers === undefined ? undefined : this.#run(delivery, handlers as readonly EventHandler[], event);
    if (noteHandlerTime === undefined) return pending;
    if (pending === undefined) {
      noteHandlerTime(event.type, performance.now() - startMs);
      return undefined;
    }
    return pending.then(() => noteHandlerTime(event.type, performance.now() - startMs));
  }

  #run<Value>(
    delivery: Delivery,
    handlers: readonly ((value: Value) => unknown)[],
    value: Value,
  ): Promise<void> | undefined {
    for (let n = 0; n < handlers.length; n++) {
      const result = this.#call(delivery, handlers[n] as (value: Value) => unknown, value);
      if (isPromise(result)) return this.#finish(delivery, result, handlers.slice(n + 1), value);
    }
    return undefined;
  }

  async #finish<Value>(
    delivery: Delivery,
    first: PromiseLike<unknown>,
    rest: readonly ((value: Value) => unknown)[],
    value: Value,
  ): Promise<void> {
    await this.#settled(delivery, first);
    for (const handler of rest) await this.#settled(delivery, this.#call(delivery, handler, value));
  }

  async #settled(delivery: Delivery, result: unknown): Promise<void> {
    try {
      await result;
    } catch (error) {
      this.#hooks.onHandlerError(delivery, error);
    }
  }

  #call<Value>(delivery: Delivery, handler: (value: Value) => unknown, value: Value): unknown {
    try {
      return handler(value);
    } catch (error) {
      this.#hooks.onHandlerError(delivery, error);
      return undefined;
    }
  }
}

function without<Item>(items: readonly Item[], leaving: Item): Item[] {
  return items.filter((item) => item !== leaving);
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
