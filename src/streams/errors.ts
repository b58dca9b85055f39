import { defineErrors } from "../errors.js";
import { problemText, type StreamProblem } from "./file/stream-problem.js";

const MAX_TOLD = 50;

export const streamErrors = defineErrors({
  /** The options of a step or a sink are wrong. */
  STREAM_STEP_INVALID: (d: {
    readonly path: string;
    readonly found: string;
    readonly allowed: string;
    readonly hint?: string;
  }) =>
    `${d.path === "" ? "the step" : d.path}: found ${d.found}, allowed is ${d.allowed}${d.hint === undefined ? "" : `; ${d.hint}`}`,
  /** A `timeout` step without `emit` was silent for too long. */
  STREAM_TIMEOUT: (d: { readonly step: string; readonly silenceMs: number; readonly allowedMs: number }) =>
    `nothing came to step ${d.step} for ${d.silenceMs} ms, allowed are ${d.allowedMs}; look at the source, allow more, or let the step emit an alarm`,
  /** The accumulator of a `scan` step with `too_large: fail` outgrew its limit. */
  STREAM_SCAN_TOO_LARGE: (d: { readonly step: string; readonly limitBytes: number }) =>
    `the accumulator of step ${d.step} would take more than ${d.limitBytes} bytes or 64 levels; let it hold less, or raise max_bytes`,
  /** An `enrich` step asks the node, and the stream runs where there is none. */
  STREAM_NO_NODE: (d: { readonly step: string; readonly method: string }) =>
    `step ${d.step} calls ${d.method}, found no node to ask; run the stream in a host`,
  /** The node left a call of an `enrich` step unanswered for longer than its timeout. */
  STREAM_CALL_TIMEOUT: (d: { readonly step: string; readonly method: string; readonly allowedMs: number }) =>
    `step ${d.step} waited ${d.allowedMs} ms for the answer of ${d.method}; look at the node, or raise the step's timeout`,
  /** The file of a stream is wrong in one place or several. */
  STREAM_INVALID: (d: { readonly file: string; readonly problems: readonly StreamProblem[] }) =>
    [
      ...d.problems.slice(0, MAX_TOLD).map((problem) => problemText(d.file, problem)),
      ...(d.problems.length > MAX_TOLD
        ? [`${d.problems.length - MAX_TOLD} more problems are not shown`]
        : []),
    ].join("\n"),
  /** A stream has no step or sink of an id that was asked for. */
  STREAM_UNKNOWN_STEP: (d: {
    readonly stream: string;
    readonly id: string;
    readonly ids: readonly string[];
    readonly nearest?: string | undefined;
  }) =>
    `stream ${d.stream} has no step or sink ${JSON.stringify(d.id)}${d.nearest === undefined ? "" : `, did you mean ${d.nearest}?`} There are ${d.ids.join(", ")}`,
  /** A stream reads a recording where nobody can open one. */
  STREAM_NO_RECORDINGS: (d: { readonly stream: string; readonly path: string }) =>
    `stream ${d.stream} reads the recording ${d.path}, and nothing here opens recordings; run it with streams run`,

  /** A sink's file is outside of the folder for files, or something else than a file stands there. */
  SINK_FILE_REFUSED: (d: { readonly path: string; readonly found: string }) =>
    `${d.path}: found ${d.found}, allowed is a file below the folder for files, with no link on the way to it; choose another path`,
  /** Two sinks would write into one file. */
  SINK_FILE_TAKEN: (d: { readonly path: string; readonly by: string }) =>
    `${d.path} is written by ${d.by}; each sink needs a file of its own: choose another path`,
  /** A sink finds no usable value in the environment under the name that its options give. */
  SINK_ENV_MISSING: (d: { readonly option: string; readonly name: string; readonly found: string }) =>
    `${d.option} names ${d.name}, found ${d.found}; allowed is a value on one line in the environment of the process: set ${d.name} and start again`,
  /** An item is larger than its sink may send. */
  SINK_ITEM_TOO_LARGE: (d: { readonly bytes: number; readonly limitBytes: number }) =>
    `the item takes ${d.bytes} bytes, allowed are ${d.limitBytes}; make it smaller in a map before the sink, or raise the limit`,
  /** A sink was closed before it could write what it had in hand. */
  SINK_CLOSED: (d: { readonly waitedFor: string }) =>
    `the sink was closed while it waited for ${d.waitedFor}; what it had in hand is lost: give the stream more time to close`,
  /** A sink needs a library that is not installed. */
  SINK_LIBRARY_MISSING: (d: { readonly library: string }) =>
    `the library ${d.library} can't be loaded; it is an optional part of this package: npm install ${d.library}`,
  /** The reader of the standard output went away. */
  STDOUT_GONE: (d: { readonly reason: string }) =>
    `nobody reads the standard output any more (${d.reason}); nothing more is written there: start with a reader that stays`,
  /** A value is none that a metric can take. */
  METRIC_VALUE_INVALID: (d: { readonly found: string; readonly allowed: string }) =>
    `the metric's value is ${d.found}, allowed is ${d.allowed}; mend the expression`,
  /** Two streams mean different things by one metric's name. */
  STREAM_METRIC_TAKEN: (d: { readonly name: string; readonly found: string; readonly allowed: string }) =>
    `metric ${d.name}: found ${d.found}, allowed is ${d.allowed}, as another stream opened it; choose another name`,
  /** A stream can't publish what it made. */
  STREAM_PUBLISH_REFUSED: (d: { readonly type: string; readonly reason: string }) =>
    `${d.type} can't be published: ${d.reason}; mend the payload of the sink`,
  /** No file of the host's streams has this name. */
  STREAM_UNKNOWN: (d: {
    readonly name: string;
    readonly names: readonly string[];
    readonly nearest: string | undefined;
  }) =>
    `there is no stream ${JSON.stringify(d.name)}${d.nearest === undefined ? "" : `, did you mean ${d.nearest}?`}; ${d.names.length === 0 ? "the host runs none" : `there are ${d.names.join(", ")}`}`,
  /** A stream asks the node for something that streams may not. */
  STREAM_QUERY_REFUSED: (d: { readonly method: string; readonly allowed: readonly string[] }) =>
    `a stream called ${d.method}, which is not for streams; allowed are the methods that only read: ${d.allowed.join(", ")}`,
  /** Nothing passes the steps of a stream that doesn't run. */
  STREAM_NOT_RUNNING: (d: { readonly stream: string; readonly state: string }) =>
    `stream ${d.stream} is ${d.state}, only a running one can be tapped; streams show ${d.stream} tells why`,
  /** Events go round between streams that publish. */
  STREAM_LOOP: (d: { readonly type: string; readonly hops: number; readonly maxHops: number }) =>
    `${d.type} is not published: ${d.hops} streams passed it on one to the other, allowed are ${d.maxHops}; break the loop of streams or raise max_hops`,
  /** An item would go to a subject that NATS can't have. */
  NATS_SUBJECT_INVALID: (d: { readonly found: string }) =>
    `found subject ${JSON.stringify(d.found)}, allowed are words joined by dots, up to 200 characters, without blanks, * and >; mend the subject's expressions`,
  /** A webhook's receiver didn't take a delivery. */
  WEBHOOK_FAILED: (d: { readonly receiver: string; readonly attempts: number; readonly reason: string }) =>
    `${d.receiver} took nothing in ${d.attempts} ${d.attempts === 1 ? "attempt" : "attempts"}: ${d.reason}; see the dead letters and the receiver's log`,
  /** An expression of flatMap gave something else than a list; the item is skipped, or ends its stream with `on_error: fail`. */
  STREAM_NOT_A_LIST: (d: { readonly source: string; readonly found: string }) =>
    `expression ${JSON.stringify(d.source)} gave ${d.found}, allowed is a list; write [x] for a list of one, or use map`,
});
