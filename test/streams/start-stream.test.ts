import {
  catchError as catchError$,
  concatWith,
  defer,
  delay,
  EMPTY,
  from,
  map,
  mergeMap,
  mergeWith,
  of,
  Subject,
  VirtualTimeScheduler,
} from "rxjs";
import { describe, expect, it } from "vitest";
import { type AnyEvent, type EventType, exampleEvent } from "../../src/events/index.js";
import { failedStepOf } from "../../src/streams/failed-step.js";
import { readStream, type StreamPorts, startStream } from "../../src/streams/index.js";
import { itemOf, type StepDefinition } from "../../src/streams/step.js";
import type { StreamItem } from "../../src/streams/stream-item.js";
import { catchError } from "../kit/catch-error.js";
import { realBus } from "../kit/real-bus.js";
import { kindsOf, SinkBook, stepOf } from "../kit/streams-kinds.js";
import { recordingLog } from "../kit/streams-sink.js";

interface WorldOptions {
  readonly source?: string;
  readonly steps?: string;
  readonly sinks?: string;
  readonly kinds?: readonly StepDefinition[];
  readonly ports?: Partial<StreamPorts>;
  readonly carried?: ReadonlyMap<string, unknown>;
}

const never = new AbortController().signal;

/** A stream on a Subject of items and a virtual clock. */
function world(options: WorldOptions = {}) {
  const book = new SinkBook();
  const prepared = readStream(
    `version: 1
name: w
source: ${options.source ?? "{ events: [MempoolTransactionAdded], buffer: { capacity: 3 } }"}
steps: ${options.steps ?? "[]"}
sinks: ${options.sinks ?? "[{ id: out, book: {} }]"}
`,
    "w.yaml",
    kindsOf(book, ...(options.kinds ?? [])),
  );
  const clock = new VirtualTimeScheduler();
  clock.maxFrames = 0;
  const source$ = new Subject<StreamItem>();
  const log = recordingLog();
  const asked: EventType[][] = [];
  const ports: StreamPorts = {
    scheduler: clock,
    log,
    filesDir: "",
    stdout: { write: () => true },
    events$: (...types) => {
      asked.push([...types]);
      return source$;
    },
    ...options.ports,
  };
  const start = () =>
    startStream(prepared, ports, options.carried === undefined ? {} : { carried: options.carried });
  let seq = 0;
  return {
    book,
    prepared,
    source$,
    log,
    asked,
    ports,
    start,
    /** Lets virtual time pass. */
    pass(ms: number) {
      clock.maxFrames = clock.frame + ms;
      clock.flush();
      clock.frame = clock.maxFrames;
    },
    give(count = 1, type: EventType = "MempoolTransactionAdded", hops = 0) {
      for (let n = 0; n < count; n++) source$.next(item(++seq, type, hops));
    },
  };
}

function item(seq: number, type: EventType = "MempoolTransactionAdded", hops = 0): StreamItem {
  const event = { seq, type, payload: exampleEvent(type), timestamp_ms: 1000 + seq, source: "node" };
  return itemOf(event as AnyEvent, hops);
}

const failing = stepOf("fails", (source$) =>
  source$.pipe(
    map((one) => {
      if (one.seq === 3) throw new Error("three");
      return one;
    }),
  ),
);

describe("A running stream", () => {
  it("gives each item to every sink, synchronously and in order", () => {
    const { book, start, give } = world({
      steps: "[{ id: a, pass: {} }, { id: b, pass: {} }]",
      sinks: "[{ id: one, book: {} }, { id: two, book: {} }]",
    });
    const stream = start();
    give(3);
    expect([book.seqs("one"), book.seqs("two")]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect([...stream.counters].map(([id, { in: entered, out }]) => [id, entered, out])).toEqual([
      ["a", 3, 3],
      ["b", 3, 3],
      ["one", 3, 3],
      ["two", 3, 3],
    ]);
    expect(stream.intake).toEqual({ in: 3, dropped: 0, held: 0 });
  });

  it("flushes its steps, closes its sinks and ends when its source completes", async () => {
    const last = stepOf("last", (source$) => source$.pipe(concatWith(of(item(99)))));
    const { book, source$, start, give } = world({ kinds: [last], steps: "[{ id: l, last: {} }]" });
    const stream = start();
    give(2);
    source$.complete();
    expect(await stream.ended).toEqual({ cause: "completed" });
    expect(book.seqs("out")).toEqual([1, 2, 99]);
    expect(book.closed).toEqual(["out"]);
  });

  it("ends alone when a step throws, and names the step where that began", async () => {
    const options = {
      kinds: [failing],
      steps: "[{ id: a, pass: {} }, { id: b, fails: {} }, { id: c, pass: {} }]",
    };
    const { book, source$, start, give } = world(options);
    const stream = start();
    const neighbour: number[] = [];
    source$.subscribe(({ seq }) => neighbour.push(seq));
    give(5);
    expect(await stream.ended).toMatchObject({ cause: "failed", stepId: "b", error: { message: "three" } });
    expect(book.seqs("out")).toEqual([1, 2]);
    expect(book.closed).toEqual(["out"]);
    expect(neighbour).toEqual([1, 2, 3, 4, 5]);
  });

  it("ends with the source's error under the name of the source", async () => {
    const { source$, start } = world({ steps: "[{ id: a, pass: {} }]" });
    const stream = start();
    source$.error(new Error("gone"));
    expect(await stream.ended).toMatchObject({
      cause: "failed",
      stepId: "source",
      error: { message: "gone" },
    });
  });

  it("ends with an expression's error where on_error says fail, and skips the item elsewhere", async () => {
    const filter = (onError: string) =>
      world({ steps: `[{ id: f, filter: '[true][int(event.seq) - 1]', on_error: ${onError} }]` });
    const failingWorld = filter("fail");
    const failed = failingWorld.start();
    failingWorld.give(3);
    expect(await failed.ended).toMatchObject({ cause: "failed", stepId: "f" });
    const skipping = filter("skip");
    const stream = skipping.start();
    skipping.give(3);
    expect(skipping.book.seqs("out")).toEqual([1]);
    expect(stream.counters.get("f")).toMatchObject({ in: 3, out: 1, errors: 2 });
  });

  it("handles what its own steps set off after the item that set it off", () => {
    const { book, start, give, source$ } = world({
      sinks: "[{ id: one, book: {} }, { id: two, book: {} }]",
    });
    book.write = (id, { seq }) => {
      if (id === "one" && seq === 1) source$.next(item(7));
    };
    start();
    give(1);
    expect(book.seqs("two")).toEqual([1, 7]);
  });

  it("keeps that order for items that a timer brings", () => {
    const late = stepOf("late", (source$, { scheduler }) => source$.pipe(delay(5, scheduler)));
    const mixed = stepOf("mixed", (source$) => source$.pipe(mergeMap((one) => of(one))));
    const { book, start, give, source$, pass } = world({
      kinds: [late, mixed],
      steps: "[{ id: l, late: {} }, { id: m, mixed: {} }]",
      sinks: "[{ id: one, book: {} }, { id: two, book: {} }]",
    });
    book.write = (id, { seq }) => {
      if (id === "one" && seq === 1) source$.next(item(7));
    };
    start();
    give(1);
    pass(20);
    expect(book.seqs("two")).toEqual([1, 7]);
  });

  it("keeps at most its capacity of what its own steps set off", () => {
    const { book, start, give, source$, log } = world();
    book.write = (_id, { seq }) => {
      if (seq === 1) for (let n = 10; n < 20; n++) source$.next(item(n));
    };
    const stream = start();
    give(1);
    expect(book.seqs("out")).toEqual([1, 10, 11, 12]);
    expect(stream.intake).toEqual({ in: 11, dropped: 7, held: 0 });
    expect(log.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
  });

  it("gives a step the events that it needs beside its source, in their place", () => {
    const joined = stepOf(
      "joined",
      (source$, runtime) => source$.pipe(mergeWith(runtime.events$("BlockDisconnected"))),
      ["BlockDisconnected"],
    );
    const { book, start, give, asked } = world({ kinds: [joined], steps: "[{ id: j, joined: {} }]" });
    const stream = start();
    give(1);
    give(1, "BlockDisconnected");
    give(1);
    expect(asked).toEqual([["MempoolTransactionAdded", "BlockDisconnected"]]);
    expect(book.seqs("out")).toEqual([1, 2, 3]);
    expect(stream.counters.get("j")).toMatchObject({ in: 2, out: 3 });
  });

  it("tells a step where an error began that reaches it", () => {
    const told: (string | undefined)[] = [];
    const rescue = stepOf("rescue", (source$) =>
      source$.pipe(
        catchError$((error) => {
          told.push(failedStepOf(error));
          return EMPTY;
        }),
      ),
    );
    const { start, give } = world({
      kinds: [failing, rescue],
      steps: "[{ id: a, pass: {} }, { id: b, fails: {} }, { id: c, pass: {} }, { id: d, rescue: {} }]",
    });
    start();
    give(3);
    expect(told).toEqual(["b"]);
  });
});

describe("Taps of a stream", () => {
  it("see what leaves a step and what reaches a sink, and complete with the stream", async () => {
    const { start, give } = world({ steps: "[{ id: f, filter: 'event.seq > 1.0' }]" });
    const stream = start();
    const seen: string[] = [];
    for (const id of ["f", "out"])
      stream
        .tap$(id)
        .subscribe({ next: ({ seq }) => seen.push(`${id} ${seq}`), complete: () => seen.push(`${id} |`) });
    give(2);
    await stream.close({ signal: never });
    expect(seen).toEqual(["f 2", "out 2", "f |", "out |"]);
  });

  it("name the nearest step for one that is not there", () => {
    const stream = world({ steps: "[{ id: big, pass: {} }]" }).start();
    expect(catchError(() => stream.tap$("bag"))).toMatchObject({
      code: "STREAM_UNKNOWN_STEP",
      details: { nearest: "big", ids: ["big", "out"] },
    });
  });
});

describe("A sink that blocks", () => {
  function blocked() {
    const open: (() => void)[] = [];
    const made = world({
      sinks: "[{ id: slow, book: {}, buffer: { capacity: 2, policy: block } }, { id: quick, book: {} }]",
    });
    made.book.write = (id) =>
      id === "slow" ? new Promise<void>((resolve) => open.push(resolve)) : undefined;
    return { ...made, open, stream: made.start() };
  }

  it("lets at most the intake's capacity wait, drops the newest and goes on in order when there is room", async () => {
    const { book, give, open, stream, log } = blocked();
    give(10);
    expect(book.seqs("quick")).toEqual([1, 2, 3]);
    expect(stream.intake).toEqual({ in: 10, dropped: 4, held: 3 });
    for (let written = 0; written < 6; written++) {
      await expect.poll(() => open.length).toBeGreaterThan(0);
      open.shift()?.();
    }
    await expect.poll(() => stream.intake.held).toBe(0);
    expect(book.seqs("slow")).toEqual([1, 2, 3, 4, 5, 6]);
    expect(book.seqs("quick")).toEqual([1, 2, 3, 4, 5, 6]);
    expect(log.lines.filter(({ message }) => message.includes("intake"))).toHaveLength(1);
  });

  it("completes its stream when what waits before it went through", async () => {
    const { book, give, open, stream, source$ } = blocked();
    give(5);
    source$.complete();
    for (let written = 0; written < 5; written++) {
      await expect.poll(() => open.length).toBeGreaterThan(0);
      open.shift()?.();
    }
    expect(await stream.ended).toEqual({ cause: "completed" });
    expect(book.seqs("slow")).toEqual([1, 2, 3, 4, 5]);
  });

  it("holds up a recording instead of losing its items", async () => {
    let taken = 0;
    async function* recorded() {
      for (let n = 1; n <= 20; n++) {
        taken = n;
        yield item(n);
      }
    }
    const open: (() => void)[] = [];
    const { book, start } = world({
      source: "{ recording: a.rec, buffer: { capacity: 1 } }",
      sinks: "[{ id: slow, book: {}, buffer: { capacity: 2, policy: block } }]",
      ports: { recording: () => recorded() },
    });
    book.write = () => new Promise<void>((resolve) => open.push(resolve));
    const stream = start();
    await expect.poll(() => taken).toBe(3);
    for (let written = 0; written < 20; written++) {
      await expect.poll(() => open.length).toBeGreaterThan(0);
      expect(stream.intake.held).toBe(0);
      open.shift()?.();
    }
    expect(await stream.ended).toEqual({ cause: "completed" });
    expect(book.seqs("slow")).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect(stream.intake).toEqual({ in: 20, dropped: 0, held: 0 });
  });
});

describe("Closing a stream", () => {
  const holding = (kept: unknown[]) =>
    stepOf("hold", (source$, runtime) => {
      const held: StreamItem[] = [...((runtime.carried() as StreamItem[] | undefined) ?? [])];
      kept.push(runtime.carried());
      runtime.keep(() => [...held]);
      return source$.pipe(
        mergeMap((one) => {
          held.push(one);
          return EMPTY;
        }),
        concatWith(defer(() => held)),
      );
    });

  it("lets the steps emit what they hold", async () => {
    const { book, start, give, source$ } = world({ kinds: [holding([])], steps: "[{ id: h, hold: {} }]" });
    const stream = start();
    give(2);
    expect(await stream.close({ signal: never })).toEqual({ cause: "closed" });
    expect(book.seqs("out")).toEqual([1, 2]);
    expect(source$.observed).toBe(false);
    expect(await stream.close({ signal: never })).toEqual({ cause: "closed" });
    give(1);
    expect(book.seqs("out")).toEqual([1, 2]);
  });

  it("hands what the steps hold to the same step of the next generation, once", async () => {
    const kept: unknown[] = [];
    const options = { kinds: [holding(kept)], steps: "[{ id: h, hold: {} }]" };
    const first = world(options);
    const stream = first.start();
    first.give(2);
    const carried = stream.carry();
    await stream.close({ signal: never, isCarried: true });
    expect(first.book.seqs("out")).toEqual([]);
    const second = world({ ...options, carried });
    await second.start().close({ signal: never });
    expect(second.book.seqs("out")).toEqual([1, 2]);
    expect(kept).toEqual([undefined, undefined]);
    const other = world({ ...options, steps: "[{ id: h, hold: { n: 2 } }]", carried });
    await other.start().close({ signal: never });
    expect(other.book.seqs("out")).toEqual([]);
  });

  it("gives up what a step holds beyond a second", async () => {
    const slow = stepOf("slow", (source$, { scheduler }) => source$.pipe(delay(60_000, scheduler)));
    const { book, start, give, pass, log } = world({ kinds: [slow], steps: "[{ id: s, slow: {} }]" });
    const stream = start();
    give(1);
    const closed = stream.close({ signal: never });
    pass(999);
    expect(book.closed).toEqual([]);
    pass(1);
    expect(await closed).toEqual({ cause: "closed" });
    expect(book.seqs("out")).toEqual([]);
    expect(log.lines.map(({ message }) => message)).toContainEqual(expect.stringContaining("beyond the end"));
  });

  it("lets sinks write until the signal ends, and no longer", async () => {
    const { book, start, give } = world();
    book.write = () => new Promise<void>(() => {});
    const stream = start();
    give(3);
    const time = new AbortController();
    const closed = stream.close({ signal: time.signal });
    time.abort();
    await closed;
    expect(stream.counters.get("out")).toMatchObject({ in: 3, out: 0, dropped: 3, held: 0 });
  });
});

describe("Starting a stream", () => {
  it("leaves nothing behind when a sink can't be opened", () => {
    const { book, start, source$ } = world({ sinks: "[{ id: one, book: {} }, { id: two, book: {} }]" });
    const open = book.open.bind(book);
    book.open = (id) => {
      if (id === "two") throw new Error("no file");
      return open(id);
    };
    expect(start).toThrow("no file");
    expect(book.closed).toEqual(["one"]);
    expect(source$.observed).toBe(false);
  });

  it("leaves nothing behind when a step can't run here", async () => {
    const lost = stepOf("lost", () => {
      throw new Error("no node");
    });
    const { book, start, source$ } = world({ kinds: [lost], steps: "[{ id: l, lost: {} }]" });
    expect(start).toThrow("no node");
    await expect.poll(() => book.closed).toEqual(["out"]);
    expect(source$.observed).toBe(false);
  });

  it("refuses a recording where nobody opens one", () => {
    const { start } = world({ source: "{ recording: a.rec }" });
    expect(catchError(start)).toMatchObject({ code: "STREAM_NO_RECORDINGS", details: { path: "a.rec" } });
  });

  it("takes of a recording only the types that it asks for", async () => {
    const { book, start } = world({
      source: "{ recording: a.rec, events: [NewBlock] }",
      ports: { recording: () => from([item(1), item(2, "NewBlock"), item(3)]) },
    });
    await start().ended;
    expect(book.seqs("out")).toEqual([2]);
  });

  it("generates items by its clock and completes after the last one", async () => {
    const { book, start, pass } = world({
      source: "{ generate: { every: 5s, count: 3 } }",
      steps: "[{ id: f, filter: 'value.n != 2.0' }]",
    });
    const stream = start();
    pass(14_999);
    expect(book.items.get("out")?.map(({ value }) => value)).toEqual([{ n: 1, at_ms: 5000 }]);
    pass(1);
    expect(book.items.get("out")?.map(({ value }) => value)).toEqual([
      { n: 1, at_ms: 5000 },
      { n: 3, at_ms: 15_000 },
    ]);
    expect(await stream.ended).toEqual({ cause: "completed" });
  });
});

describe("A stream on the host's bus", () => {
  it("gets its events in the publish call itself, and completes with the bus", async () => {
    const bus = realBus();
    const { book, start } = world({
      steps: "[{ id: f, filter: 'event.payload.fee_rate > 50.0' }]",
      ports: {
        events$: (...types) => bus.events$(...types).pipe(map((event) => itemOf(event as AnyEvent, 0))),
      },
    });
    const stream = start();
    const publish = (fee_rate: number) =>
      bus.publish("MempoolTransactionAdded", { ...exampleEvent("MempoolTransactionAdded"), fee_rate });
    publish(60);
    publish(40);
    publish(70);
    expect(book.seqs("out")).toEqual([1, 3]);
    bus.close();
    expect(await stream.ended).toEqual({ cause: "completed" });
  });
});
