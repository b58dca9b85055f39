import type { EventRecord } from "./event-record.js";
import type { GapReason } from "./gap.js";
import type { LossPlace, PipelineHistory } from "./history/pipeline-history.js";
import type { PipelineLoad, PipelineLog } from "./pipeline-log.js";
import type { PipelineDependencies } from "./pipeline-options.js";
import type { TypeCounters } from "./type-counters.js";

/** What a pipeline loses before it is sent: booked, logged, remembered for whoever asks, and marked where it stood. */
export class PipelineLosses {
  readonly #deps: PipelineDependencies;
  readonly #log: PipelineLog;
  readonly #history: PipelineHistory;
  readonly #place: LossPlace & PipelineLoad;
  readonly #mark: (seq: number, reason: GapReason) => void;

  constructor(
    deps: PipelineDependencies,
    log: PipelineLog,
    history: PipelineHistory,
    place: LossPlace & PipelineLoad,
    mark: (seq: number, reason: GapReason) => void,
  ) {
    this.#deps = deps;
    this.#log = log;
    this.#history = history;
    this.#place = place;
    this.#mark = mark;
  }

  /** The channel has no room for this event. */
  dropFull(record: EventRecord, counters: TypeCounters): void {
    counters.droppedFull++;
    if (record.isCritical) counters.droppedCritical++;
    if (!this.#log.isDropping) this.#deps.books.slowEpisodes++;
    this.#log.noteDrop(record, this.#place);
    this.#history.lost(record.event.seq, "full", this.#place);
    this.#mark(record.event.seq, "channel_full");
  }

  /** Whether a frame of it can be sent to this module; one that can't is lost here. */
  isSendable(record: EventRecord, counters: TypeCounters, maxEventBytes: number): boolean {
    const { encode, onEncodeFailure } = this.#deps;
    const isEncoded = record.encodeOnce(encode, onEncodeFailure);
    if (isEncoded && record.frameBytes <= maxEventBytes) return true;
    if (isEncoded) this.#log.noteOversize(record, maxEventBytes);
    counters.failedSerialization++;
    const { seq } = record.event;
    this.#history.lost(seq, isEncoded ? "too_large" : "not_encodable", this.#place);
    this.#mark(seq, "serialization");
    return false;
  }
}
