import type { EventType } from "../../events/index.js";
import type { OpenPipeline } from "./explain-event.js";
import type { LossCause, LossScene } from "./loss-record.js";
import type { ModuleHistory } from "./module-history.js";
import type { RecentEvents } from "./recent-events.js";

/** How things stand in a pipeline that loses an event. */
export interface LossPlace extends LossScene {
  /** The newest event that its channel took. */
  readonly acceptedSeq: number;
}

/** The pen of one pipeline in its module's history. */
export class PipelineHistory {
  readonly life: number;
  readonly #history: ModuleHistory;
  readonly #recent: Pick<RecentEvents, "turnSeq">;
  /** The newest event that was lost. */
  #lostSeq = 0;

  constructor(history: ModuleHistory, recent: Pick<RecentEvents, "turnSeq">) {
    this.#history = history;
    this.#recent = recent;
    this.life = history.begin();
  }

  subscribed(type: EventType, filter: string | undefined): void {
    this.#history.subscribed(type, this.life, this.#recent.turnSeq, filter);
  }

  /** The event whose turn it is belongs to the subscription only if it reached this pipeline before. */
  unsubscribed(type: EventType, acceptedSeq: number): void {
    const { turnSeq } = this.#recent;
    const hasTaken = Math.max(acceptedSeq, this.#lostSeq) >= turnSeq;
    this.#history.unsubscribed(type, this.life, hasTaken ? turnSeq : turnSeq - 1);
  }

  /** An event for which room was reserved came after its type had been unsubscribed. */
  tookUnsubscribed(type: EventType, seq: number): void {
    this.#history.subscribed(type, this.life, seq - 1, undefined);
    this.#history.unsubscribed(type, this.life, seq);
  }

  lost(seq: number, cause: LossCause, place: LossPlace): void {
    const isFirst = this.#lostSeq === 0;
    this.#lostSeq = Math.max(this.#lostSeq, seq);
    this.#history.losses.note(seq, cause, place, isFirst ? undefined : place.acceptedSeq);
  }

  acknowledged(seq: number, atMs: number): void {
    this.#history.acks.note(seq, atMs);
  }

  /** The connection is over; what waits stays for a successor when it is handed over. */
  ended({ sentSeq, unsettledSeq }: OpenPipeline, reason: string, isHandedOver: boolean): void {
    this.#history.ended({ life: this.life, sentSeq, unsettledSeq, reason, isHandedOver });
  }
}
