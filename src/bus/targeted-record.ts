import type { EventRecord } from "./event-record.js";
import type { ModulePipeline } from "./module-pipeline.js";

/** An event for one module alone, on its way to that module's turn. */
export class TargetedRecord {
  readonly pipeline: ModulePipeline;
  readonly record: EventRecord;
  readonly hasReservedRoom: boolean;
  constructor(pipeline: ModulePipeline, record: EventRecord, hasReservedRoom: boolean) {
    this.pipeline = pipeline;
    this.record = record;
    this.hasReservedRoom = hasReservedRoom;
  }

  deliver(): void {
    const { pipeline, record } = this;
    const { type } = record.event;
    if (this.hasReservedRoom) pipeline.acceptReserved(record);
    else if (pipeline.subscriptions.has(type))
      pipeline.accept(record, undefined, pipeline.subscriptions.filterOf(type));
  }
}
