/** Why events of a module were lost. `channel_full` also stands for a mixture. */
export type GapReason = "channel_full" | "serialization" | "reload";

/**
 * A loss, told to the module at the place where it happened: `count` events that it had subscribed to
 * were lost here; `fromSeq` and `toSeq` are the first and the last of them.
 */
export interface Gap {
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly count: number;
  readonly reason: GapReason;
}

/** A gap that still grows while nothing is queued behind it. Costs no slot in the channel. */
export class GapMark implements Gap {
  fromSeq: number;
  toSeq: number;
  count: number;
  reason: GapReason;

  constructor(seq: number, reason: GapReason) {
    this.fromSeq = seq;
    this.toSeq = seq;
    this.count = 1;
    this.reason = reason;
  }

  /** The loss of `count` events at once, the first and the last of them known. */
  static of({ fromSeq, toSeq, count, reason }: Gap): GapMark {
    const mark = new GapMark(fromSeq, reason);
    mark.toSeq = toSeq;
    mark.count = count;
    return mark;
  }

  /** Becomes the loss of both. */
  join(other: Gap): void {
    this.fromSeq = Math.min(this.fromSeq, other.fromSeq);
    this.toSeq = Math.max(this.toSeq, other.toSeq);
    this.count += other.count;
    if (other.reason !== this.reason) this.reason = "channel_full";
  }

  add(seq: number, reason: GapReason): void {
    this.toSeq = seq;
    this.count++;
    if (reason !== this.reason) this.reason = "channel_full";
  }
}
