import { Observable, of, throwError } from "rxjs";
import { errorCode, errorMessage } from "../../errors.js";
import type { AnyEvent, EventType } from "../../events/index.js";
import { silentLogger } from "../../log.js";
import type { PreparedStream } from "../prepared-stream.js";
import { startStream } from "../run/start-stream.js";
import type { StreamPorts } from "../running-stream.js";
import type { StepCounters } from "../step-counters.js";
import type { StreamItem } from "../stream-item.js";
import type { StreamTest } from "./stream-test.js";
import { type TestedData, testedData } from "./tested-data.js";
import { VirtualTime } from "./virtual-time.js";

/** One thing that left a step or reached a sink. */
export type RecordedMark =
  | { readonly atMs: number; readonly kind: "item"; readonly value: TestedData }
  | { readonly atMs: number; readonly kind: "complete" | "error"; readonly why?: string };

export interface StreamRecording {
  /** By the id of a step or a sink that has a diagram, in order of time. */
  readonly marks: ReadonlyMap<string, readonly RecordedMark[]>;
  readonly counters: ReadonlyMap<string, Readonly<StepCounters>>;
  /** False when so much happened that the run was broken off. */
  readonly isWhole: boolean;
}

/** Items and ends that a recording holds of one step or sink; a test that makes more is broken off. */
const MAX_MARKS = 2_000;

const noSink = { write() {}, close: async () => {} };

/** Runs a stream in virtual time on what a test says, until its longest diagram ends. Sinks are not opened. */
export function recordStream(prepared: PreparedStream, test: StreamTest): StreamRecording {
  const diagrams = [...(test.source === undefined ? [] : [test.source]), ...test.at.values()];
  const lengthMs = Math.max(...diagrams.map((diagram) => diagram.lengthMs), countHorizon(test));
  const time = new VirtualTime(lengthMs);
  const letters = new Map<unknown, string>();
  const marks = new Map<string, RecordedMark[]>();
  const note = (id: string, mark: RecordedMark) => {
    const recorded = marks.get(id);
    recorded?.push(mark);
    if (recorded?.length === MAX_MARKS) time.breakOff();
  };
  const ports = virtualPorts(test, time, letters);
  const stream = startStream(prepared, ports, {
    openSink: () => noSink,
    watch: {
      completed: (id) => note(id, { atMs: time.now(), kind: "complete" }),
      failed: (id, error) =>
        note(id, { atMs: time.now(), kind: "error", why: errorCode(error) ?? errorMessage(error) }),
    },
  });
  for (const id of test.at.keys()) {
    marks.set(id, []);
    stream.tap$(id).subscribe(({ value }) => {
      note(id, { atMs: time.now(), kind: "item", value: testedData(value, letters) });
    });
  }
  const isWhole = time.run();
  const counters = new Map([...stream.counters].map(([id, counts]) => [id, { ...counts }]));
  // Nothing of it is real, so that nothing needs to be closed: taking apart a long chain of virtual timers can't be done.
  return { marks, counters, isWhole };
}

/** A test of counts alone still needs time in which something happens. */
function countHorizon(test: StreamTest): number {
  return test.counts.size > 0 ? 1 : 0;
}

function virtualPorts(test: StreamTest, time: VirtualTime, letters: Map<unknown, string>): StreamPorts {
  let seq = 0;
  const eventOf = (letter: string): AnyEvent => {
    seq++;
    const event = { seq, timestamp_ms: time.now(), ...test.events.get(letter) } as AnyEvent;
    letters.set(event, letter);
    return event;
  };
  const items$ = (types: ReadonlySet<EventType> | undefined) =>
    new Observable<StreamItem>((subscriber) => {
      for (const { atMs, kind, letter } of test.source?.marks ?? [])
        subscriber.add(
          time.schedule(() => {
            if (kind === "complete") return subscriber.complete();
            if (kind === "error") return subscriber.error(new Error("the source failed"));
            const event = eventOf(letter);
            if (types !== undefined && !types.has(event.type)) return;
            subscriber.next({ value: event, seq: event.seq, timestampMs: event.timestamp_ms, hops: 0 });
          }, atMs),
        );
    });
  return {
    scheduler: time,
    log: silentLogger,
    filesDir: "",
    stdout: { write: () => true },
    events$: (...types) => items$(new Set(types)),
    recording: () => items$(undefined),
    query: (method) =>
      test.answers.has(method)
        ? of(test.answers.get(method))
        : throwError(() => new Error(`the test has no answer to ${method}`)),
  };
}
