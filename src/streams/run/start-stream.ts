import type { PreparedStream } from "../prepared-stream.js";
import type { RunningStream, StreamPorts } from "../running-stream.js";
import { LiveStream } from "./live-stream.js";
import type { StartOptions } from "./start-options.js";

/**
 * Starts a stream: opens its sinks, then subscribes to its source. Nothing of it is left when it throws.
 *
 * - Order: every item goes through all steps before the next one enters; the sinks get it in the order of the file.
 * - Loss: none on the way but by the steps' own bounds, the sinks' buffers, and the intake's while a sink blocks.
 * - A step that throws ends this stream and nothing else; see {@link RunningStream.ended}.
 *
 * @throws what a sink throws that can't be opened or a step that can't run here (STREAM_NO_NODE), STREAM_NO_RECORDINGS
 */
export function startStream(
  prepared: PreparedStream,
  ports: StreamPorts,
  options: StartOptions = {},
): RunningStream {
  return new LiveStream(prepared, ports, options).start();
}
