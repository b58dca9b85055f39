import type { EncodedFrame, EventSink, Gap } from "../../src/bus/index.js";

export type SentEntry =
  | { readonly kind: "event"; readonly seq: number }
  | {
      readonly kind: "gap";
      readonly fromSeq: number;
      readonly toSeq: number;
      readonly count: number;
      readonly reason: string;
    };

/** The write side of a connection that keeps what it was given, in order. */
export class RecordingSink implements EventSink {
  hasDemand = true;
  /** Called after each event; a test may acknowledge from inside. */
  onEvent: ((seq: number) => void) | undefined;
  readonly sent: SentEntry[] = [];
  readonly frames: EncodedFrame[] = [];
  flushesAsked = 0;

  sendEvent(frame: EncodedFrame, lastSeq: number, events = 1): void {
    this.frames.push(frame);
    for (let seq = lastSeq - events + 1; seq <= lastSeq; seq++) {
      this.sent.push({ kind: "event", seq });
      this.onEvent?.(seq);
    }
  }

  sendGap({ fromSeq, toSeq, count, reason }: Gap): void {
    this.sent.push({ kind: "gap", fromSeq, toSeq, count, reason });
  }

  requestFlush(): void {
    this.flushesAsked++;
  }

  get eventSeqs(): number[] {
    return this.sent.flatMap((entry) => (entry.kind === "event" ? [entry.seq] : []));
  }

  get gaps(): Extract<SentEntry, { kind: "gap" }>[] {
    return this.sent.flatMap((entry) => (entry.kind === "gap" ? [entry] : []));
  }
}
