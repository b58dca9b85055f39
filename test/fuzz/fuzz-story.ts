import fc from "fast-check";
import { pack } from "../kit/ipc-bytes.js";
import { damaged, framed, misframed, spliced } from "./damaged-frame.js";
import { Dice } from "./dice.js";

/** What happens next on a connection, with the numbers that the rest of it is drawn from. */
export interface Step {
  readonly what: StepKind;
  readonly a: number;
  readonly b: number;
}

export type StepKind =
  | "recorded"
  | "message"
  | "damaged recorded"
  | "damaged message"
  | "splice"
  | "bytes"
  | "other side"
  | "ack"
  | "again"
  | "swap"
  | "misframed"
  | "publish"
  | "wait"
  | "invoke";

/** One connection, from its first byte to its end. */
export interface Story {
  /** "none" begins with the steps; "damaged" is a handshake with changes. */
  readonly opening: "honest" | "none" | "damaged";
  readonly salt: number;
  readonly steps: readonly Step[];
  /** Sizes of the chunks in which the bytes arrive, over and over; 0 stands for all there is. */
  readonly chunks: readonly number[];
  readonly ending: "peer" | "host" | "cut off";
}

/** Bodies that stories draw from. */
export interface Material {
  /** Bodies of real sessions. */
  readonly recorded: readonly Uint8Array[];
  /** Bodies that follow the structure of messages. */
  readonly messages: readonly Uint8Array[];
  /** Bodies that the other side alone may send. */
  readonly otherSide: readonly Uint8Array[];
}

/** What came before a frame on its connection. */
export interface Past {
  readonly previous: Uint8Array;
  /** The highest seq that was sent to this side. */
  readonly lastSeq: number;
}

/** How many of a hundred steps are of each kind; what shrinks goes towards the first. */
export type StepWeights = Readonly<Partial<Record<StepKind, number>>>;

export function arbitraryStory(weights: StepWeights): fc.Arbitrary<Story> {
  const kinds = (Object.keys(weights) as StepKind[]).flatMap((kind) =>
    Array.from({ length: weights[kind] ?? 0 }, () => kind),
  );
  const step = fc
    .tuple(fc.nat({ max: kinds.length - 1 }), fc.nat({ max: 0xffff }), fc.nat({ max: 0xffff }))
    .map(([n, a, b]): Step => ({ what: kinds[n] as StepKind, a, b }));
  return fc.record({
    opening: fc.nat({ max: 19 }).map((n) => (n < 18 ? "honest" : n === 18 ? "none" : "damaged")),
    salt: fc.nat({ max: 0xffff }),
    steps: fc.array(step, { minLength: 1, maxLength: 150, size: "max" }),
    chunks: fc.oneof(
      { weight: 20, arbitrary: fc.constant([0]) },
      {
        weight: 20,
        arbitrary: fc.array(fc.integer({ min: 10, max: 1000 }), { minLength: 1, maxLength: 8 }),
      },
      { weight: 1, arbitrary: fc.constantFrom([1], [3], [4], [5, 1]) },
    ),
    ending: fc.constantFrom("peer" as const, "host" as const, "cut off" as const),
  });
}

/** The bytes that a step sends; undefined for a step that sends nothing. */
export function stepBytes({ what, a, b }: Step, material: Material, past: Past): Uint8Array | undefined {
  const recorded = (n: number) => material.recorded[n % material.recorded.length] as Uint8Array;
  const message = (n: number) => material.messages[n % material.messages.length] as Uint8Array;
  const dice = new Dice(a, b);
  switch (what) {
    case "recorded":
      return framed(recorded(a));
    case "message":
      return framed(message(a));
    case "damaged recorded":
      return framed(damaged(recorded(a), dice));
    case "damaged message":
      return framed(damaged(message(a), dice));
    case "splice":
      return framed(spliced(recorded(a), b % 2 === 0 ? recorded(b) : message(b), dice));
    case "bytes":
      return framed(Uint8Array.from({ length: 1 + (a % 40) }, () => dice.below(256)));
    case "other side":
      return framed(material.otherSide[a % material.otherSide.length] as Uint8Array);
    case "ack":
      return framed(pack([7, Math.max(0, past.lastSeq + (a % 60 === 59 ? 1 : 0) - (b % 4))]));
    case "again":
      return past.previous;
    case "swap":
      return Buffer.concat([framed(recorded(b)), framed(recorded(a))]);
    case "misframed":
      return misframed(recorded(a), dice);
    case "publish":
    case "wait":
    case "invoke":
      return undefined;
    default:
      return what satisfies never;
  }
}
