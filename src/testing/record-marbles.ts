import { VirtualTimeScheduler } from "rxjs";
import {
  type AnyEvent,
  type EventPayload,
  type EventType,
  exampleEvent,
  typeIndex,
} from "../events/index.js";
import { booksText } from "./books-text.js";
import { testingErrors } from "./errors.js";
import type { Marble } from "./marble-line.js";
import type { MarbleRow } from "./marble-table.js";
import { eventOfLetter, type ReadModule, type ReadRow } from "./read-marble-row.js";
import { type VirtualHost, virtualHost } from "./virtual-host.js";
import type { At, VirtualDelivery, VirtualModuleOptions } from "./virtual-module.js";

/** What happened to one module, in the terms of its row. */
export interface ModuleRecording {
  readonly receives: readonly Marble[];
  readonly handles: readonly Marble[];
  readonly dropped: readonly Marble[];
  readonly failed: readonly Marble[];
  readonly gaps: readonly string[];
  readonly inFlight: string;
  readonly waiting: string;
  readonly books: string;
}

/** What a run of a row recorded; nothing of it is taken from what the row expects. */
export interface MarbleRecording {
  readonly row: MarbleRow;
  readonly lengthMs: number;
  readonly publishes: readonly Marble[];
  readonly replies: readonly Marble[];
  readonly loaded: readonly Marble[];
  readonly modules: ReadonlyMap<string, ModuleRecording>;
}

/** Modules connect in the millisecond before the first column. */
const FIRST_COLUMN_MS = 1;
/** A moment after everything of a millisecond has happened. */
const END_OF_MS = 0.5;
/** What happens so long after the last column is recorded too. */
const TAIL_MS = 1000;
const MAX_PUBLISHES = 1000;

/** What is noted of a module while the run goes on. */
class Notes {
  readonly dropped: Marble[] = [];
  readonly failed: Marble[] = [];
  inFlight = "";
  waiting = "";
  readonly #seen = new Map<EventType, { droppedFull: number; failedSerialization: number }>();

  /** What the books of a type count more than at the last call is the loss of the event in between. */
  noteLosses(
    type: EventType,
    counted: { droppedFull: number; failedSerialization: number },
    marble: Marble,
  ): void {
    const seen = this.#seen.get(type);
    if (counted.droppedFull > (seen?.droppedFull ?? 0)) this.dropped.push(marble);
    if (counted.failedSerialization > (seen?.failedSerialization ?? 0)) this.failed.push(marble);
    const { droppedFull, failedSerialization } = counted;
    this.#seen.set(type, { droppedFull, failedSerialization });
  }
}

/**
 * Plays a row on a virtual host and records what happened. In one millisecond modules act first, in the order of the
 * row, then the host publishes, then handlers return.
 * @throws BAD_MARBLES when replies never end
 */
export function recordMarbles(read: ReadRow): MarbleRecording {
  return new MarbleRun(read).record();
}

class MarbleRun {
  readonly #read: ReadRow;
  readonly #scheduler = new VirtualTimeScheduler();
  readonly #host: VirtualHost;
  readonly #letters = new Map<number, string>();
  readonly #publishes: Marble[] = [];
  readonly #replies: Marble[] = [];
  readonly #notes: ReadonlyMap<string, Notes>;
  #fault: Error | undefined;

  constructor(read: ReadRow) {
    this.#read = read;
    const { delivery } = read.row;
    this.#notes = new Map(read.modules.map(({ name }) => [name, new Notes()]));
    this.#host = virtualHost({
      scheduler: this.#scheduler,
      modules: Object.fromEntries(read.modules.map((module) => [module.name, behaviourOf(module)])),
      ...(delivery === undefined ? {} : { delivery }),
    });
  }

  record(): MarbleRecording {
    const { row, lengthMs, modules } = this.#read;
    const answered = Object.keys(row.replies ?? {}).map((letter) => eventOfLetter(row, letter).type);
    // Before any module has subscribed: its publishes are made when no module has the event yet.
    this.#host.bus.events$(...answered).subscribe(({ seq }) => this.#reply(seq));
    this.#host.bus.all$.subscribe((event) => this.#noteLosses(event));
    this.#schedule();
    this.#scheduler.maxFrames = FIRST_COLUMN_MS + lengthMs + TAIL_MS;
    this.#scheduler.flush();
    const recorded = new Map(modules.map(({ name }) => [name, this.#recordingOf(name)]));
    this.#host.close();
    if (this.#fault !== undefined) throw this.#fault;
    return {
      row,
      lengthMs,
      publishes: this.#publishes,
      replies: this.#replies,
      loaded: fromFirstColumn(this.#host.loaded).map(({ atMs, what }) => ({
        atMs,
        symbol: this.#loadedSymbol(what),
      })),
      modules: recorded,
    };
  }

  get #columnMs(): number {
    return this.#scheduler.now() - FIRST_COLUMN_MS;
  }

  #schedule(): void {
    const { lengthMs, modules, source } = this.#read;
    const at = (columnMs: number, work: () => void) => {
      this.#scheduler.schedule(work, FIRST_COLUMN_MS + columnMs);
    };
    for (const module of modules) {
      for (const { atMs, symbol } of module.does) at(atMs, () => this.#act(module, symbol));
    }
    for (const marble of source) {
      at(marble.atMs, () => {
        this.#publishes.push(marble);
        this.#publish(marble.symbol);
      });
    }
    for (let atMs = 0; atMs < lengthMs; atMs++) at(atMs + END_OF_MS, () => this.#noteLevels());
  }

  #act({ name, types, given }: ReadModule, symbol: string): void {
    const module = this.#host.module(name);
    if (symbol === "S") module.subscribe(types);
    else if (symbol === "T") module.subscribe(given.moreTypes ?? []);
    else if (symbol === "U") module.unsubscribe(types);
    else if (symbol === "K") module.kill();
    else if (symbol === "P") module.stop();
    else module.resume();
  }

  #publish(letter: string): void {
    const { row } = this.#read;
    const { type, payload } = eventOfLetter(row, letter);
    const example: object = exampleEvent(type);
    // Known before the publish returns: by then the event has been delivered.
    this.#letters.set(this.#host.bus.lastSeq + 1, letter);
    this.#host.publish(type, { ...example, ...(payload as object | undefined) } as EventPayload<EventType>);
  }

  #reply(seq: number): void {
    const { row } = this.#read;
    const replies = row.replies?.[this.#letters.get(seq) ?? ""] ?? "";
    if (this.#letters.size + replies.length > MAX_PUBLISHES) {
      const problem = `its replies lead to more than ${MAX_PUBLISHES} publishes`;
      this.#fault = testingErrors.BAD_MARBLES({
        row: row.name,
        problem,
        advice: "let no letter answer itself",
      });
      return;
    }
    for (const symbol of replies) {
      this.#replies.push({ atMs: this.#columnMs, symbol });
      this.#publish(symbol);
    }
  }

  /** Called when an event has reached every channel. */
  #noteLosses({ type, seq, payload }: AnyEvent): void {
    const marble = { atMs: this.#columnMs, symbol: this.#symbolOf(seq, type, payload) };
    this.#letters.set(seq, marble.symbol);
    for (const [name, notes] of this.#notes) {
      notes.noteLosses(type, this.#host.bus.books.of(name).counters(typeIndex(type)), marble);
    }
  }

  #noteLevels(): void {
    for (const [name, notes] of this.#notes) {
      const pipeline = this.#host.pipeline(name);
      notes.inFlight += digit(pipeline?.inFlightEvents ?? 0);
      notes.waiting += digit(pipeline?.waitingEvents ?? 0);
    }
  }

  #recordingOf(name: string): ModuleRecording {
    const module = this.#host.module(name);
    const { dropped, failed, inFlight, waiting } = this.#notes.get(name) ?? new Notes();
    const received = fromFirstColumn(module.received);
    return {
      receives: received.map(({ atMs, what }) => ({ atMs, symbol: this.#symbolOfDelivery(what) })),
      handles: fromFirstColumn(module.handled).map(({ atMs, what }) => ({
        atMs,
        symbol: this.#letterOf(name, what),
      })),
      dropped,
      failed,
      gaps: received.flatMap(({ what }) => (what.kind === "gap" ? [this.#gapText(what)] : [])),
      inFlight,
      waiting,
      books: booksText(this.#host.books(name)),
    };
  }

  #symbolOfDelivery(delivery: VirtualDelivery): string {
    switch (delivery.kind) {
      case "answer":
        return delivery.ok ? "!" : "?";
      case "closed":
        return "|";
      case "gap":
        return digit(delivery.count);
      case "event":
        return this.#symbolOf(delivery.seq, delivery.type, delivery.payload);
      default:
        return delivery satisfies never;
    }
  }

  /** The letter of the publish, or, of an event that the engine itself published, the letter that describes it. */
  #symbolOf(seq: number, type: string, payload: unknown): string {
    const published = this.#letters.get(seq);
    if (published !== undefined) return published;
    const named = Object.entries(this.#read.row.events ?? {}).find(
      ([, event]) => event.type === type && holds(payload, event.payload ?? {}),
    );
    return named?.[0] ?? "?";
  }

  #loadedSymbol(moduleName: string): string {
    return this.#symbolOf(0, "ModuleLoaded", { module_name: moduleName });
  }

  #letterOf(moduleName: string, seq: number): string {
    const arrived = this.#host
      .module(moduleName)
      .received.find(({ what }) => what.kind === "event" && what.seq === seq);
    return arrived === undefined ? "?" : this.#symbolOfDelivery(arrived.what);
  }

  #gapText({ fromSeq, toSeq, reason }: Extract<VirtualDelivery, { kind: "gap" }>): string {
    const from = this.#letters.get(fromSeq) ?? "?";
    const to = this.#letters.get(toSeq) ?? "?";
    return fromSeq === toSeq ? `${from} ${reason}` : `${from}-${to} ${reason}`;
  }
}

function behaviourOf({ types, given, does }: ReadModule): VirtualModuleOptions {
  const { filters, handlerMs, acksEvery, features } = given;
  const connectsLater = does.some(({ symbol }) => symbol === "S" || symbol === "T");
  return {
    ...(connectsLater ? {} : { types }),
    ...(filters === undefined ? {} : { filters }),
    ...(handlerMs === undefined ? {} : { handlerMs }),
    ...(acksEvery === undefined ? {} : { acksEvery }),
    ...(features === undefined ? {} : { features }),
  };
}

function fromFirstColumn<What>(happened: readonly At<What>[]): At<What>[] {
  return happened
    .filter(({ atMs }) => atMs >= FIRST_COLUMN_MS)
    .map(({ atMs, what }) => ({ atMs: atMs - FIRST_COLUMN_MS, what }));
}

function holds(payload: unknown, wanted: Readonly<Record<string, unknown>>): boolean {
  const record = payload as Readonly<Record<string, unknown>>;
  return Object.entries(wanted).every(([field, value]) => record[field] === value);
}

function digit(count: number): string {
  return count > 9 ? "+" : String(count);
}
