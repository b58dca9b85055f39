import { isDeepStrictEqual } from "node:util";
import { filter, map, merge, type Observable, Subscription, share } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { errorCode, errorMessage } from "../errors.js";
import { type AnyEvent, exampleEvent } from "../events/index.js";
import type { ItemShape } from "../expressions/index.js";
import { silentLogger } from "../log.js";
import {
  countedStep,
  noteFailedStep,
  type PreparedStep,
  prepareStep,
  StepCounters,
  type StepDefinition,
  type StepRuntime,
  type StreamItem,
  stepDefinitions,
  stepEvaluation,
} from "../streams/index.js";
import { testingErrors } from "./errors.js";
import type { StepBefore, StepEvent, StepRow } from "./step-table.js";
import { requireNoPromise, withoutPromises } from "./without-promises.js";

/** What happens so long after the last column is recorded too. */
const TAIL_MS = 1000;

/** One thing that a run recorded: at which millisecond, and what. */
export interface RecordedItem {
  readonly atMs: number;
  readonly what: { readonly item: unknown } | { readonly error: string } | "complete";
}

export interface StepRecording {
  readonly row: StepRow;
  readonly recorded: readonly RecordedItem[];
  readonly subscriptions: readonly { readonly fromMs: number; readonly toMs: number }[];
  readonly counts: Readonly<StepCounters>;
  /** What the step would give to its successor. */
  readonly kept: unknown;
}

/**
 * Runs one row on the real step, in virtual time, and compares what left it with what the row expects.
 * @throws BAD_MARBLES when the row asserts nothing, or a promise is made while it runs; STEP_DIFFERS with what was recorded
 */
export function stepTest(kind: string, row: StepRow): StepRecording {
  const expected = expectedItems(row);
  if (expected.length === 0 && assertsNothingElse(row))
    throw testingErrors.BAD_MARBLES({
      row: row.name,
      problem: "it asserts nothing",
      advice: "expect an emission or an end, draw `subscribed`, or give `counts`",
    });
  requireNoPromise(row.name, { ...row.values, ...row.outputs, keeps: row.keeps });
  const recording = withoutPromises(row.name, () => recordStep(kind, row));
  compare(row, expected, recording);
  return recording;
}

function assertsNothingElse({ subscribed = "", counts = {}, keeps }: StepRow): boolean {
  const isSpan = [subscribed].flat().some((span) => span.trim() !== "");
  return !isSpan && Object.keys(counts).length === 0 && keeps === undefined;
}

function recordStep(kind: string, row: StepRow): StepRecording {
  const counts = new StepCounters();
  const steps = stepsOf(kind, row);
  let keep = (): unknown => undefined;
  const scheduler = new TestScheduler(() => {});
  const letters = new Map<unknown, string>();
  const recorded: RecordedItem[] = [];
  const subscriptions: { fromMs: number; toMs: number }[] = [];
  let end: { readonly counts: StepCounters; readonly kept: unknown } = { counts, kept: undefined };
  scheduler.run(({ hot, cold }) => {
    const hotSource = hot(row.source, undefined, new Error("the source failed"));
    let seq = 0;
    const arrive = (letter: string): StreamItem => {
      seq++;
      const value = letterValue(row, letter, seq, scheduler.now());
      if (typeof value === "object" && value !== null) letters.set(value, letter);
      return { value, seq, timestampMs: scheduler.now(), hops: 0 };
    };
    // Whoever listens beside the source is given the same items.
    const source$ = hotSource.pipe(map(arrive), share());
    const others$ = hot(row.others ?? "-").pipe(map(arrive), share());
    const runtime = (counters: StepCounters, onError: "skip" | "fail" = "skip"): StepRuntime => ({
      scheduler,
      counters,
      log: silentLogger,
      evaluate: stepEvaluation({ counters, log: silentLogger }, onError),
      events$: (...types) =>
        merge(source$, others$).pipe(filter(({ value }) => types.includes((value as AnyEvent).type))),
      ...(row.answers && {
        query: (_method: string, parameters: unknown) =>
          cold(answerOf(row, parameters), undefined, new Error("the call failed")).pipe(
            map((letter) => namedValue(row, letter)),
          ),
      }),
      carried: () => (counters === counts ? row.carried : undefined),
      keep: (state) => {
        if (counters === counts) keep = state;
      },
    });
    const step$ = steps.reduce<Observable<StreamItem>>(
      (items$, { kind: id, prepared, onError }, index) =>
        items$.pipe(
          countedStep(prepared, runtime(index === steps.length - 1 ? counts : new StepCounters(), onError)),
          noteFailedStep(id),
        ),
      source$.pipe(noteFailedStep("source")),
    );
    const subscription = new Subscription();
    const note = (what: RecordedItem["what"]) => recorded.push({ atMs: scheduler.now(), what });
    scheduler.schedule(() => {
      subscription.add(
        step$.subscribe({
          next: ({ value }) => note({ item: lettered(value, letters) }),
          error: (error: unknown) => note({ error: errorCode(error) ?? errorMessage(error) }),
          complete: () => note("complete"),
        }),
      );
    });
    if (row.unsubscribes !== undefined) {
      const { unsubscribedFrame } = TestScheduler.parseMarblesAsSubscriptions(
        `^${row.unsubscribes.slice(1)}`,
        true,
      );
      scheduler.schedule(() => subscription.unsubscribe(), unsubscribedFrame);
    }
    scheduler.maxFrames = lengthMs(row) + TAIL_MS;
    scheduler.flush();
    for (const { subscribedFrame, unsubscribedFrame } of hotSource.subscriptions)
      subscriptions.push({ fromMs: subscribedFrame, toMs: unsubscribedFrame });
    end = { counts: { ...counts }, kept: lettered(keep(), letters) };
    subscription.unsubscribe();
  });
  return { row, recorded, subscriptions, ...end };
}
/** Steps may have timers without end: a run ends a while after the last column of its row. */
function lengthMs({ source, expected, unsubscribes = "" }: StepRow): number {
  const ends = [source, expected, unsubscribes.replaceAll(/[!^]/g, "-")].map((line) =>
    TestScheduler.parseMarbles(`${line.trimEnd()} |`, undefined, undefined, false, true).at(-1),
  );
  return Math.max(...ends.map((end) => end?.frame ?? 0));
}

interface StepOfRow {
  readonly kind: string;
  readonly prepared: PreparedStep;
  readonly onError: "skip" | "fail";
}

/** The steps before, then the step of the row; each is prepared for what the one before it lets out. */
function stepsOf(kind: string, row: StepRow): readonly StepOfRow[] {
  const { options, onError = "skip", before = [] } = row;
  const given: readonly StepBefore[] = [...before, { kind, options, onError }];
  let input = row.input ?? inputOf(row);
  return given.map((step) => {
    const prepared = prepareStep(definitionOf(step.kind, row), step.options, { id: step.kind, input });
    input = prepared.output;
    return { kind: step.kind, prepared, onError: step.onError ?? "skip" };
  });
}

function definitionOf(kind: string, row: StepRow): StepDefinition {
  const definition = stepDefinitions.find((known) => known.kind === kind);
  if (definition !== undefined) return definition;
  throw testingErrors.BAD_MARBLES({
    row: row.name,
    problem: `found step ${kind}`,
    advice: `there are ${stepDefinitions.map((known) => known.kind).join(", ")}`,
  });
}

function answerOf(row: StepRow, parameters: unknown): string {
  const key = typeof parameters === "string" ? parameters : JSON.stringify(parameters);
  return row.answers?.[key] ?? "-";
}

function inputOf(row: StepRow): ItemShape {
  if (row.events === undefined) return { kind: "data", type: "dyn" };
  return { kind: "event", types: [...new Set(Object.values(row.events).map(({ type }) => type))] };
}

function letterValue(row: StepRow, letter: string, seq: number, atMs: number): unknown {
  const event: StepEvent | undefined = row.events?.[letter];
  if (event !== undefined) return eventOf(event, seq, atMs);
  return namedValue(row, letter);
}

function namedValue({ values = {} }: StepRow, letter: string): unknown {
  return Object.hasOwn(values, letter) ? values[letter] : letter;
}

function eventOf({ type, payload }: StepEvent, seq: number, atMs: number): AnyEvent {
  return {
    seq,
    type,
    payload: { ...exampleEvent(type), ...payload },
    timestamp_ms: atMs,
    source: "node",
  } as unknown as AnyEvent;
}

/** Known events become their letters, wherever they stand. */
function lettered(value: unknown, letters: ReadonlyMap<unknown, string>): unknown {
  const letter = letters.get(value);
  if (letter !== undefined) return letter;
  if (Array.isArray(value)) return value.map((inner) => lettered(inner, letters));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, lettered(inner, letters)]));
}

function expectedItems(row: StepRow): readonly RecordedItem[] {
  return inVirtualTime(() => TestScheduler.parseMarbles(row.expected, undefined, undefined, false, true)).map(
    ({ frame, notification }): RecordedItem => ({
      atMs: frame,
      what:
        notification.kind === "C"
          ? "complete"
          : notification.kind === "E"
            ? { error: row.errorCode ?? "the source failed" }
            : { item: expectedValue(row, notification.value as unknown as string) },
    }),
  );
}

function compare(
  row: StepRow,
  expected: readonly RecordedItem[],
  { recorded, subscriptions, counts, kept }: StepRecording,
): void {
  requireSame(row, "expected", expected, recorded);
  if (row.subscribed !== undefined) {
    const spans = inVirtualTime(() =>
      [row.subscribed ?? []].flat().map((span) => TestScheduler.parseMarblesAsSubscriptions(span, true)),
    ).map(({ subscribedFrame, unsubscribedFrame }) => ({
      fromMs: subscribedFrame,
      toMs: unsubscribedFrame,
    }));
    requireSame(row, "subscribed", spans, subscriptions);
  }
  if (row.keeps !== undefined) requireSame(row, "keeps", row.keeps, kept);
  for (const [name, count] of Object.entries(row.counts ?? {}))
    requireSame(row, `counts.${name}`, count, counts[name as keyof StepCounters]);
}

/** Marbles are read with one column a millisecond only while a test scheduler runs. */
function inVirtualTime<Read>(read: () => Read): Read {
  return new TestScheduler(() => {}).run(read);
}

function expectedValue(row: StepRow, letter: string): unknown {
  if (row.outputs !== undefined && Object.hasOwn(row.outputs, letter)) return row.outputs[letter];
  if (row.events !== undefined && Object.hasOwn(row.events, letter)) return letter;
  if (row.values !== undefined && Object.hasOwn(row.values, letter)) {
    const value = row.values[letter];
    return typeof value === "object" && value !== null ? letter : value;
  }
  return letter;
}

function requireSame(row: StepRow, line: string, expected: unknown, recorded: unknown): void {
  if (isDeepStrictEqual(expected, recorded)) return;
  throw testingErrors.STEP_DIFFERS({ row: row.name, line, expected, recorded });
}
