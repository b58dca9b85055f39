import type { ServerResponse } from "node:http";
import { interval, type Observable, type SchedulerLike, Subscription } from "rxjs";
import { EventOutlet, type Loss } from "../event-outlet.js";
import { type AnyEvent, type EventType, toJson } from "../events/index.js";

/** How often a silent feed says that it lives, so that proxies and clients keep it. */
const HEARTBEAT_MS = 15_000;
/** What a reader may leave unread before it loses events. */
const MAX_UNREAD_BYTES = 1024 * 1024;

export interface EventFeedDependencies {
  readonly all$: Observable<AnyEvent>;
  readonly scheduler: SchedulerLike;
}

interface Reader {
  readonly response: ServerResponse;
  readonly outlet: EventOutlet;
  /** Undefined: every type. */
  readonly types: ReadonlySet<EventType> | undefined;
}

/**
 * Live events as server-sent events: `id` is the seq, `data` the envelope as JSON, one message per event.
 *
 * - Order: increasing seq. Nothing is replayed: a reader that comes back has missed what was published meanwhile.
 * - Loss: a reader with 1 MiB unread loses the newest events; an `event: gap` message with count, from_seq and
 *   to_seq stands in their place (see {@link EventOutlet}).
 * - Each event is put into text once, however many readers want it.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class EventFeed {
  readonly #deps: EventFeedDependencies;
  readonly #readers = new Set<Reader>();
  #running = new Subscription();

  constructor(deps: EventFeedDependencies) {
    this.#deps = deps;
  }

  get readerCount(): number {
    return this.#readers.size;
  }

  /** Sends events to a response whose head was written; forgets it when it closes. */
  add(response: ServerResponse, types: ReadonlySet<EventType> | undefined): void {
    const outlet = new EventOutlet(response, { maxUnreadBytes: MAX_UNREAD_BYTES, lossText: gapText });
    const reader: Reader = { response, outlet, types };
    response.once("close", () => this.#remove(reader));
    response.on("error", () => response.destroy());
    response.write(": connected\n\n");
    this.#readers.add(reader);
    if (this.#readers.size === 1) this.#start();
  }

  /** Ends every feed. */
  close(): void {
    this.#running.unsubscribe();
    for (const { response, outlet } of this.#readers) {
      outlet.tellLoss();
      response.end();
    }
    this.#readers.clear();
  }

  #start(): void {
    this.#running = new Subscription();
    this.#running.add(this.#deps.all$.subscribe((event) => this.#offer(event)));
    this.#running.add(interval(HEARTBEAT_MS, this.#deps.scheduler).subscribe(() => this.#beat()));
  }

  #remove(reader: Reader): void {
    this.#readers.delete(reader);
    if (this.#readers.size === 0) this.#running.unsubscribe();
  }

  #offer(event: AnyEvent): void {
    let text: string | undefined;
    const encodeOnce = () => {
      text ??= `id: ${event.seq}\ndata: ${JSON.stringify(toJson(event))}\n\n`;
      return text;
    };
    for (const { outlet, types } of this.#readers) {
      if (types === undefined || types.has(event.type)) outlet.offer(event.seq, encodeOnce);
    }
  }

  #beat(): void {
    for (const { response, outlet } of this.#readers) {
      if (!outlet.isDropping) response.write(": alive\n\n");
    }
  }
}

function gapText(loss: Loss): string {
  return `event: gap\ndata: ${JSON.stringify({ ...loss, reason: "channel_full" })}\n\n`;
}
