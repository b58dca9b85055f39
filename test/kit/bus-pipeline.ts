import {
  EventBus,
  type ModuleBooks,
  type ModulePipeline,
  type PipelineOptions,
} from "../../src/bus/index.js";
import type { EventType } from "../../src/events/index.js";
import type { Logger } from "../../src/log.js";
import { RecordingSink } from "./bus-recording-sink.js";
import { type SizedType, sizedEncoder, sizedPayload } from "./bus-sized-events.js";
import { type RecordedLine, type RecordingLog, recordingLog } from "./process-recording-log.js";

/** One module on a real bus, with a recording for its connection and a clock that the test moves. */
export class PipelineBench {
  readonly log: RecordingLog = recordingLog();
  readonly encoded: readonly number[];
  readonly bus: EventBus;
  readonly sink = new RecordingSink();
  readonly pipeline: ModulePipeline;
  nowMs = 0;

  constructor(options: Partial<PipelineOptions> = {}, types: readonly EventType[] = ALL) {
    const { encode, encoded } = sizedEncoder();
    this.encoded = encoded;
    this.bus = new EventBus({
      encode,
      log: this.log as Logger,
      nowMs: () => this.nowMs,
      wallClockMs: () => 1000,
    });
    this.pipeline = this.bus.openPipeline("slow", this.sink, pipelineOptions(options));
    for (const type of types) this.bus.subscribe(this.pipeline, type);
  }

  /** Publishes ordinary events of so many bytes each and returns their seqs. */
  publish(...sizes: number[]): number[] {
    return sizes.map((bytes) => this.publishOf("MempoolTransactionAdded", bytes));
  }

  publishOf(type: SizedType, bytes = 1): number {
    return this.bus.publish(type, sizedPayload(type, bytes));
  }

  get books(): ModuleBooks {
    return this.bus.books.of("slow");
  }

  /** What the sink was given, events as numbers, gaps as text. */
  get sent(): (number | string)[] {
    return sentTo(this.sink);
  }

  warnings(): RecordedLine[] {
    return this.log.lines.filter(({ level }) => level === "warn");
  }
}

/** What a sink was given, events as numbers, gaps as text. */
export function sentTo(sink: RecordingSink): (number | string)[] {
  return sink.sent.map((entry) =>
    entry.kind === "event"
      ? entry.seq
      : `gap ${entry.fromSeq}-${entry.toSeq} x${entry.count} ${entry.reason}`,
  );
}

const ALL: readonly EventType[] = ["MempoolTransactionAdded", "NewBlock", "NodeShutdown", "DataMaintenance"];

export function pipelineOptions(options: Partial<PipelineOptions> = {}): PipelineOptions {
  return {
    capacity: 2,
    window: 1,
    max_bytes: 1_000_000,
    hasAcks: true,
    hasGaps: true,
    maxFrameBytes: 1_000_000,
    ...options,
  };
}
