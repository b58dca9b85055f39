import { isDeepStrictEqual } from "node:util";
import { map, type Observable, type SchedulerLike, Subscription } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { errorCode, errorMessage } from "../errors.js";
import { testingErrors } from "./errors.js";
import type { StepStory } from "./step-table.js";
import { requireNoPromise, withoutPromises } from "./without-promises.js";

/** What comes so long after the last drawn column is still seen; a pipeline that never ends is then left. */
const AFTERWARDS_MS = 60_000;

/**
 * One run of a pipeline in virtual time. A letter of `source` stands for `values[letter]`, or for itself as text; a
 * letter of `expected` for `outputs[letter]`, else `values[letter]`, else itself. One column is a millisecond;
 * `10m`, `5s`, `200ms` between blanks jump. `|` completes, `#` fails.
 */
export interface PipelineRow {
  /** A sentence in the present tense. */
  readonly name: string;
  readonly shows?: StepStory;
  readonly source: string;
  readonly values?: Readonly<Record<string, unknown>>;
  /** What `#` in `source` throws; an Error by default. */
  readonly error?: unknown;
  readonly expected: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** The code or the text of the error that `#` in `expected` stands for: that of the source by default. */
  readonly errorCode?: string;
  /** When the subscriber leaves: `---!`. */
  readonly unsubscribes?: string;
  /** The span of the pipeline's subscription to its source: `^--!`. */
  readonly subscribed?: string;
}

export interface PipelineTable {
  readonly title: string;
  readonly pipeline: Pipeline;
  readonly rows: readonly PipelineRow[];
}

/** What is proven: operators between a source and a subscriber. All its time comes from the scheduler. */
// biome-ignore lint/suspicious/noExplicitAny: a pipeline's types are its author's.
export type Pipeline = (source$: Observable<any>, scheduler: SchedulerLike) => Observable<unknown>;

/** One thing that a run recorded. */
export interface PipelineMoment {
  readonly atMs: number;
  readonly what: { readonly item: unknown } | { readonly error: string } | "complete";
}

export interface PipelineRecording {
  readonly row: PipelineRow;
  readonly recorded: readonly PipelineMoment[];
  readonly subscriptions: readonly { readonly fromMs: number; readonly toMs: number }[];
}

/** Names the rows that prove what a pipeline promises; run each with {@link pipelineTest}. */
export function pipelineTable(
  title: string,
  pipeline: Pipeline,
  rows: readonly PipelineRow[],
): PipelineTable {
  return { title, pipeline, rows };
}

/**
 * Runs one row of a table on the real pipeline, in virtual time, and compares what left it with what the row expects.
 * It needs no test framework: `for (const row of rows) it(row.name, () => void pipelineTest(pipeline, row));`
 *
 * A row that could pass whatever the pipeline does is refused: one that expects no emission, no end and no span, one whose
 * values are promises, and one during which a promise or a real timer is made, for what comes of it comes when virtual
 * time is over.
 * @throws BAD_MARBLES, PIPELINE_DIFFERS
 */
export function pipelineTest(pipeline: Pipeline, row: PipelineRow): PipelineRecording {
  const expected = expectedMoments(row);
  if (expected.length === 0 && (row.subscribed ?? "").trim() === "") {
    throw testingErrors.BAD_MARBLES({
      row: row.name,
      problem: "it asserts nothing",
      advice: "expect an emission or an end, or draw the span of the subscription: subscribed",
    });
  }
  requireNoPromise(row.name, { ...row.values, ...row.outputs });
  const recording = withoutPromises(row.name, () => record(pipeline, row));
  requireSame(row, "expected", expected, recording.recorded);
  if (row.subscribed !== undefined) {
    const { subscribed } = row;
    const { subscribedFrame, unsubscribedFrame } = inVirtualTime(() =>
      TestScheduler.parseMarblesAsSubscriptions(subscribed, true),
    );
    const span = [{ fromMs: subscribedFrame, toMs: unsubscribedFrame }];
    requireSame(row, "subscribed", span, recording.subscriptions);
  }
  return recording;
}

/** Marbles are read with one column a millisecond only while a test scheduler runs. */
export function inVirtualTime<Read>(read: () => Read): Read {
  return new TestScheduler(() => {}).run(read);
}

function record(pipeline: Pipeline, row: PipelineRow): PipelineRecording {
  const recorded: PipelineMoment[] = [];
  const subscriptions: { fromMs: number; toMs: number }[] = [];
  const scheduler = new TestScheduler(() => {});
  scheduler.run(({ hot }) => {
    const letters$ = hot(row.source, undefined, row.error ?? new Error("the source failed"));
    const source$ = letters$.pipe(map((letter) => meaningOf(letter, row.values)));
    const subscription = new Subscription();
    const note = (what: PipelineMoment["what"]) => recorded.push({ atMs: scheduler.now(), what });
    scheduler.schedule(() => {
      subscription.add(
        pipeline(source$, scheduler).subscribe({
          next: (item) => note({ item }),
          error: (error: unknown) => note({ error: errorCode(error) ?? errorMessage(error) }),
          complete: () => note("complete"),
        }),
      );
    });
    if (row.unsubscribes !== undefined) {
      const span = `^${row.unsubscribes.slice(1)}`;
      const { unsubscribedFrame } = TestScheduler.parseMarblesAsSubscriptions(span, true);
      scheduler.schedule(() => subscription.unsubscribe(), unsubscribedFrame);
    }
    scheduler.maxFrames = longestLineMs(row) + AFTERWARDS_MS;
    scheduler.flush();
    for (const { subscribedFrame, unsubscribedFrame } of letters$.subscriptions)
      subscriptions.push({ fromMs: subscribedFrame, toMs: unsubscribedFrame });
    subscription.unsubscribe();
  });
  return { row, recorded, subscriptions };
}

function longestLineMs({ source, expected, unsubscribes, subscribed }: PipelineRow): number {
  const lines = [source, expected, unsubscribes ?? "", subscribed ?? ""];
  const lengths = lines.map((line) => {
    const end = TestScheduler.parseMarbles(
      `${line.replace(/[\^!]/g, "-").trimEnd()}z`,
      undefined,
      undefined,
      false,
      true,
    );
    return end.at(-1)?.frame ?? 0;
  });
  return Math.max(...lengths);
}

function expectedMoments(row: PipelineRow): PipelineMoment[] {
  const meanings = { ...row.values, ...row.outputs };
  const failed = row.error === undefined ? "the source failed" : errorMessage(row.error);
  const failure = row.errorCode ?? errorCode(row.error) ?? failed;
  return inVirtualTime(() => TestScheduler.parseMarbles(row.expected, undefined, undefined, false, true)).map(
    ({ frame, notification }) => ({
      atMs: frame,
      what:
        notification.kind === "C"
          ? "complete"
          : notification.kind === "E"
            ? { error: failure }
            : { item: meaningOf(notification.value as unknown as string, meanings) },
    }),
  );
}

function meaningOf(letter: string, values: PipelineRow["values"] = {}): unknown {
  return Object.hasOwn(values, letter) ? values[letter] : letter;
}

function requireSame(row: PipelineRow, line: string, expected: unknown, recorded: unknown): void {
  if (isDeepStrictEqual(expected, recorded)) return;
  throw testingErrors.PIPELINE_DIFFERS({ row: row.name, line, expected, recorded });
}
