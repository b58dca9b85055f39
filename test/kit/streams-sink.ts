import { type SchedulerLike, VirtualTimeScheduler } from "rxjs";
import type { ItemShape } from "../../src/expressions/index.js";
import { type Logger, silentLogger } from "../../src/log.js";
import { streamErrors } from "../../src/streams/errors.js";
import { stepContext } from "../../src/streams/prepare-step.js";
import { stepEvaluation } from "../../src/streams/run/step-evaluation.js";
import type { SinkPorts } from "../../src/streams/sink.js";
import { sinkDefinitions } from "../../src/streams/sinks/catalogue.js";
import { SinkBuffer } from "../../src/streams/sinks/sink-buffer.js";
import { StepCounters } from "../../src/streams/step-counters.js";
import type { StreamItem } from "../../src/streams/stream-item.js";

/** An item whose value and seq are its number. */
export function numbered(seq: number, value: unknown = seq): StreamItem {
  return { value, seq, timestampMs: 1_700_000_000_000 + seq, hops: 0 };
}

export interface LoggedLine {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that keeps its lines from `info` upwards. */
export function recordingLog(): Logger & { readonly lines: readonly LoggedLine[] } {
  const lines: LoggedLine[] = [];
  const note = (level: LoggedLine["level"]) => (fields: object, message: string) => {
    lines.push({ level, message, fields: fields as Record<string, unknown> });
  };
  const log = {
    ...silentLogger,
    lines,
    info: note("info"),
    warn: note("warn"),
    error: note("error"),
    child: () => log,
  };
  return log;
}

/** A clock that stands still until it is flushed. */
export function stillClock(): SchedulerLike & { flush(): void } {
  return new VirtualTimeScheduler();
}

/** Nobody reads it, and nothing is written to it. */
const noOutput: SinkPorts["stdout"] = {
  write(_text, written) {
    written(new Error("this test has no standard output"));
    return true;
  },
};

export interface SinkTestOptions {
  readonly input?: ItemShape;
  readonly ports?: Partial<SinkPorts>;
  readonly scheduler?: SchedulerLike;
  readonly stream?: string;
  readonly id?: string;
}

/** One sink as a stream opens it, with what it counted and logged. */
export function openSink(kind: string, options: unknown, about: SinkTestOptions = {}) {
  const {
    input = { kind: "data", type: "dyn" },
    scheduler = stillClock(),
    stream = "test",
    id = kind,
  } = about;
  const prepared = prepareSink(kind, options, input);
  const counters = new StepCounters();
  const log = recordingLog();
  const ports: SinkPorts = { filesDir: "/nonexistent", stdout: noOutput, env: {}, ...about.ports };
  const sink = prepared.open({
    streamName: stream,
    id,
    scheduler,
    counters,
    log,
    ports,
    evaluate: stepEvaluation({ counters, log }, "skip"),
  });
  return { sink, counters, log, scheduler };
}

/** The same behind its buffer. */
export function bufferedSink(
  kind: string,
  options: unknown,
  about: SinkTestOptions & { capacity?: number } = {},
) {
  const opened = openSink(kind, options, about);
  const { sink, ...deps } = opened;
  const buffer = new SinkBuffer(
    sink,
    { ...deps, onRoom: () => {} },
    { capacity: about.capacity ?? 1000, policy: "drop_newest" },
  );
  return { ...opened, buffer };
}

/** @throws STREAM_STEP_INVALID, EXPRESSION_INVALID */
export function prepareSink(
  kind: string,
  options: unknown,
  input: ItemShape = { kind: "data", type: "dyn" },
) {
  const definition = sinkDefinitions.find((known) => known.kind === kind);
  if (definition === undefined) throw new Error(`there is no sink ${kind}`);
  const context = stepContext(kind, input, (path, { found, allowed }) =>
    streamErrors.STREAM_STEP_INVALID({ path: path.join("."), found, allowed }),
  );
  const parsed = definition.options.safeParse(options);
  if (parsed.success) return definition.prepare(parsed.data, context);
  const [issue] = parsed.error.issues;
  throw streamErrors.STREAM_STEP_INVALID({
    path: (issue?.path ?? []).join("."),
    found: issue?.message ?? "",
    allowed: definition.docs.example,
  });
}
