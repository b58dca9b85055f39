import type { EventType } from "../events/index.js";
import type { ItemShape } from "../expressions/index.js";

/** The seven stories that every step must tell (rxjs asks them of each operator). */
export const requiredStories = [
  "never",
  "empty",
  "one",
  "many",
  "error",
  "early unsubscribe",
  "throwing callback",
] as const;
export type StepStory = (typeof requiredStories)[number];

/** An event as a letter's value: the catalogue's example where the payload leaves a field out. */
export interface StepEvent {
  readonly type: EventType;
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** A step between the source and the step of a row. */
export interface StepBefore {
  readonly kind: string;
  readonly options: unknown;
  readonly onError?: "skip" | "fail";
}

/**
 * One run of one step in virtual time. A letter of `source` stands for `values[letter]`, or for itself as text;
 * a letter of `expected` for `outputs[letter]`, else `values[letter]`, else itself. Where an output holds events, it
 * names them by their letters. One column is a millisecond; `10m` and the like jump.
 */
export interface StepRow {
  /** A sentence in the present tense. */
  readonly name: string;
  readonly shows?: StepStory;
  /** What stands behind the step's key in YAML. */
  readonly options: unknown;
  /** What stands behind `on_error`; `skip` by default. */
  readonly onError?: "skip" | "fail";
  /** Steps through which items come first: their errors are what a `catch` takes. */
  readonly before?: readonly StepBefore[];
  /** `events` where all values are events, else data of type dyn. */
  readonly input?: ItemShape;
  readonly values?: Readonly<Record<string, unknown>>;
  readonly events?: Readonly<Record<string, StepEvent>>;
  readonly source: string;
  /** Events of the types that the step also needs, beside those of its source; none by default. */
  readonly others?: string;
  readonly expected: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** When the subscriber leaves: `---!`. */
  readonly unsubscribes?: string;
  /** The span of the step's subscription to its source: `^--!`; several where it subscribes again. */
  readonly subscribed?: string | readonly string[];
  /**
   * What the node answers, as marbles from the call on: `{ a: '--x|' }` for the parameters `a` (text, else JSON).
   * Other parameters are never answered; without this there is no node.
   */
  readonly answers?: Readonly<Record<string, string>>;
  /** What a former generation of the step kept. */
  readonly carried?: unknown;
  /** What the step keeps for its successor at the end. */
  readonly keeps?: unknown;
  /** What `#` in `expected` carries: its code. */
  readonly errorCode?: string;
  /** The step's numbers at the end, before the subscriber leaves; what is left out is not looked at. */
  readonly counts?: Readonly<Partial<Record<"in" | "out" | "dropped" | "errors" | "held", number>>>;
}

export interface StepTable {
  readonly kind: string;
  readonly title: string;
  readonly rows: readonly StepRow[];
}

/** Names the rows that prove what a kind of step promises. */
export function stepTable(kind: string, title: string, rows: readonly StepRow[]): StepTable {
  return { kind, title, rows };
}
