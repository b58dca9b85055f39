import { Encoder } from "@msgpack/msgpack";
import type { SimulatedType } from "./simulated-events.js";

const encoder = new Encoder({ ignoreUndefined: true });

/** A frame as the published MessagePack library writes it: no code of the engine's codec. */
export function referenceFrame(body: readonly unknown[]): Uint8Array {
  const bytes = encoder.encodeSharedRef(body);
  const frame = new Uint8Array(4 + bytes.length);
  new DataView(frame.buffer).setUint32(0, bytes.length);
  frame.set(bytes, 4);
  return frame;
}

/** One published event, as the model knows it. */
export class ModelEvent {
  readonly seq: number;
  readonly type: SimulatedType;
  readonly serial: number;
  readonly isCritical: boolean;
  readonly isEncodable: boolean;
  readonly #body: readonly unknown[];
  #frame: Uint8Array | undefined;

  constructor(
    seq: number,
    type: SimulatedType,
    payload: Readonly<Record<string, unknown>>,
    about: {
      readonly timestampMs: number;
      readonly source: string;
      readonly serial: number;
      readonly isCritical: boolean;
      readonly isEncodable: boolean;
    },
  ) {
    this.seq = seq;
    this.type = type;
    this.serial = about.serial;
    this.isCritical = about.isCritical;
    this.isEncodable = about.isEncodable;
    this.#body = [2, seq, about.timestampMs, type, payload, about.source];
  }

  /** Only of an event that can be encoded. */
  get frame(): Uint8Array {
    this.#frame ??= referenceFrame(this.#body);
    return this.#frame;
  }
}

export type Fate =
  | "waiting"
  | "in_flight"
  | "delivered"
  | "dropped_full"
  | "failed_serialization"
  | "filtered"
  | "failed_closed"
  | "fate_unknown";

/** One event that one module had subscribed to: a publish times a subscription. */
export interface Match {
  readonly event: ModelEvent;
  fate: Fate;
}

/** A loss that the module is still to be told of. */
export interface Mark {
  readonly lost: Match[];
}

export function isMark(entry: Match | Mark): entry is Mark {
  return "lost" in entry;
}

export interface GapFields {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly reason: string;
}

const REASONS: Partial<Record<Fate, string>> = {
  dropped_full: "channel_full",
  failed_serialization: "serialization",
  fate_unknown: "reload",
};

export function gapOf({ lost }: Mark): GapFields {
  const seqs = lost.map(({ event }) => event.seq);
  const reasons = new Set(lost.map(({ fate }) => REASONS[fate]));
  return {
    from: Math.min(...seqs),
    to: Math.max(...seqs),
    count: lost.length,
    reason: (reasons.size === 1 ? lost.map(({ fate }) => REASONS[fate])[0] : undefined) ?? "channel_full",
  };
}
