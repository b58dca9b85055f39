import type { DeliveryOptionsInput } from "../bus/index.js";
import type { EventPayload, EventType } from "../events/index.js";

/** What a letter stands for: an event type, and the payload where it matters. */
export type MarbleEvent = {
  readonly [Type in EventType]: {
    readonly type: Type;
    /** The catalogue's example by default. Of an event that the engine itself publishes: the fields that tell it apart. */
    readonly payload?: Partial<EventPayload<Type>>;
  };
}[EventType];

/**
 * One module of a row: how it behaves, and what is expected of it.
 *
 * `does` and the expected lines are marble lines, aligned with the row's `source`:
 * - `does`: `S` subscribes (and connects, where it must), `T` subscribes to `moreTypes`, `U` unsubscribes,
 *   `K` is killed, `P` stops reading and handling, `R` goes on.
 * - `receives`: letters are events; a digit is a gap mark that tells of so many lost events (`+`: more than nine);
 *   `!` is the answer to a request; `|` the end of the connection.
 *
 * A line that is left out asserts that nothing happens on it, except `handles`, `inFlight`, `waiting`, `books` and the
 * row's `loaded`, which are then not looked at.
 */
export interface MarbleModule {
  /** The types that it subscribes to: those of the row's letters by default. */
  readonly types?: readonly EventType[];
  readonly moreTypes?: readonly EventType[];
  /** Filters of some of its types: expressions that the host evaluates before the channel. */
  readonly filters?: Readonly<Partial<Record<EventType, string>>>;
  /** Time that its handler takes for each event; 0 by default. */
  readonly handlerMs?: number;
  /** Handled deliveries per acknowledgement; 1 by default. */
  readonly acksEvery?: number;
  readonly features?: readonly string[];
  /** Without it the module subscribed before the first column. */
  readonly does?: string;
  /** What arrives at the module, and when. */
  readonly receives?: string;
  /** When its handler returns. */
  readonly handles?: string;
  /** What the full channel refuses, and when. */
  readonly dropped?: string;
  /** What can't be sent, and when. */
  readonly failed?: string;
  /** What each gap mark tells, in order: `"b-d channel_full"` or, of one event, `"b channel_full"`. */
  readonly gaps?: readonly string[];
  /** Events in flight at the end of each millisecond, as digits. */
  readonly inFlight?: string;
  /** Events that wait in the channel at the end of each millisecond, as digits. */
  readonly waiting?: string;
  /** The books at the end, zeros left out: `"matched 3 = delivered 2 + dropped_full 1"`. */
  readonly books?: string;
}

/** One promise about deliveries, shown on one run of the real bus, channels, windows and connections. */
export interface MarbleRow {
  /** A sentence in the present tense. */
  readonly name: string;
  /** Of every module's channel and window. */
  readonly delivery?: DeliveryOptionsInput;
  /**
   * What letters stand for. A lower-case letter that isn't named is a NewTransaction, an upper-case one a ChainReorg,
   * which is critical.
   */
  readonly events?: Readonly<Record<string, MarbleEvent>>;
  /** The host's publishes: one column is one millisecond. */
  readonly source: string;
  /** What a subscriber inside the host publishes while it is given the letter. */
  readonly replies?: Readonly<Record<string, string>>;
  /** When the host's own list of loaded modules takes note of a module, by the letter of its ModuleLoaded. */
  readonly loaded?: string;
  readonly modules: Readonly<Record<string, MarbleModule>>;
}

export interface MarbleTable {
  readonly title: string;
  readonly rows: readonly MarbleRow[];
}

/**
 * Names a group of rows. Each row is run by {@link marbleTest}.
 *
 * ```ts
 * export default marbleTable("A full channel drops the newest event", [
 *   {
 *     name: "keeps the queued events and refuses the new one",
 *     delivery: { capacity: 1, window: 1 },
 *     source: "-abc----------",
 *     modules: {
 *       slow: {
 *         handlerMs: 4,
 *         receives: "-a---(b1)-----",
 *         dropped: "---c----------",
 *         gaps: ["c channel_full"],
 *         books: "matched 3 = delivered 2 + dropped_full 1",
 *       },
 *     },
 *   },
 * ]);
 * ```
 */
export function marbleTable(title: string, rows: readonly MarbleRow[]): MarbleTable {
  return { title, rows };
}
