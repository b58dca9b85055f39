import type { StreamStatus } from "../../streams/index.js";
import type { SampleTable } from "../sample-table.js";

/** A broken file has no stream yet: it is told by its state alone. */
export function addStream(into: SampleTable, status: StreamStatus): void {
  const pipeline = status.name;
  into.add("blvm_stream_up", [pipeline], status.state === "running" ? 1 : 0);
  into.add("blvm_stream_generation", [pipeline], status.generation);
  into.add("blvm_stream_file_problems", [pipeline], status.problems.length);
  into.add("blvm_stream_restarts_total", [pipeline], status.restarts);
  into.add("blvm_pipeline_events_total", [pipeline, "source", "in"], status.intake.in);
  into.add("blvm_pipeline_events_total", [pipeline, "source", "dropped"], status.intake.dropped);
  for (const part of status.parts) {
    const { id } = part;
    into.add("blvm_pipeline_events_total", [pipeline, id, "in"], part.in);
    into.add("blvm_pipeline_events_total", [pipeline, id, "out"], part.out);
    into.add("blvm_pipeline_events_total", [pipeline, id, "dropped"], part.dropped);
    into.add("blvm_pipeline_events_total", [pipeline, id, "error"], part.errors);
    into.add("blvm_pipeline_held_events", [pipeline, id], part.held);
    if (part.role !== "sink") continue;
    into.add("blvm_pipeline_sink_retries_total", [pipeline, id], part.retries);
    into.add("blvm_pipeline_dead_letters_total", [pipeline, id], part.dead_letters);
  }
}
