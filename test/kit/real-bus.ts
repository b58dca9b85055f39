import {
  type EncodedFrame,
  EventBus,
  type EventSink,
  type Gap,
  type ModulePipeline,
  type PipelineOptions,
} from "../../src/bus/index.js";
import { createEventEncoder, createMessagePackCodec, HOST_BODY_LIMITS } from "../../src/ipc/index.js";
import { silentLogger } from "../../src/log.js";

/** A bus with the encoder of the wire. */
export function realBus(): EventBus {
  return new EventBus({
    encode: createEventEncoder(createMessagePackCodec(HOST_BODY_LIMITS)),
    log: silentLogger,
  });
}

/** A connection's write side that keeps count of what it was given and has demand for more. */
export class CountingSink implements EventSink {
  hasDemand = true;
  lastSeq = 0;
  gaps: Gap[] = [];

  sendEvent(_frame: EncodedFrame, seq: number): void {
    this.lastSeq = seq;
  }

  sendGap(gap: Gap): void {
    this.gaps.push(gap);
  }

  requestFlush(): void {}
}

export function openTestPipeline(
  bus: EventBus,
  moduleName: string,
  options: Partial<PipelineOptions> = {},
): { pipeline: ModulePipeline; sink: CountingSink } {
  const sink = new CountingSink();
  const pipeline = bus.openPipeline(moduleName, sink, {
    capacity: 100,
    window: 256,
    max_bytes: 4 * 1024 * 1024,
    hasAcks: true,
    hasGaps: true,
    maxFrameBytes: 8 * 1024 * 1024,
    ...options,
  });
  return { pipeline, sink };
}
