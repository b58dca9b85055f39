import fc from "fast-check";
import { Subject, VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import { silentLogger } from "../../src/log.js";
import { readStream, type StreamEnd, startStream } from "../../src/streams/index.js";
import type { StreamItem } from "../../src/streams/stream-item.js";

/** Steps whose counts tell of each item what became of it. */
const steps = {
  filter: fc.constantFrom("true", "false", "1 / 0 == 1"),
  map: fc.constantFrom("1", "[1, 2]", "1 / 0"),
  scan: fc.constant({ seed: 0, with: "acc + 1" }),
  throttle: fc.record({ every: fc.constantFrom("5ms", "20ms"), keep: fc.constantFrom("first", "last") }),
  debounce: fc.constantFrom({ quiet: "4ms" }, { quiet: "4ms", longest: "9ms" }),
  sample: fc.constant({ every: "7ms" }),
  delay: fc.record({
    by: fc.constantFrom("3ms", "30ms"),
    max: fc.integer({ min: 1, max: 5 }),
    when_full: fc.constantFrom("drop_newest", "drop_oldest"),
  }),
  batch: fc.constantFrom({ size: 3 }, { size: 3, wait: "6ms" }),
  window: fc.oneof(
    fc.record({
      tumbling: fc.constant("10ms"),
      max: fc.integer({ min: 1, max: 5 }),
      when_full: fc.constantFrom("emit", "drop_newest", "drop_oldest"),
    }),
    fc.constantFrom<object>({ session: "5ms", max: 4 }, { count: 3 }),
  ),
  catch: fc.constantFrom<object>({}, { emit: "1" }, { resume: false }, { max: 1 }),
};
type Kind = keyof typeof steps;

const step = fc
  .constantFrom(...(Object.keys(steps) as Kind[]))
  .chain((kind) => fc.tuple(fc.constant(kind), steps[kind] as fc.Arbitrary<unknown>, fc.boolean()));

const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ items: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 4, arbitrary: fc.record({ ms: fc.integer({ min: 1, max: 25 }) }) },
);
const ending = fc.constantFrom("complete", "error", "close", "abort");

/** Items that a step let out: those inside of a list, where it makes lists. */
const LISTS: ReadonlySet<string> = new Set(["batch", "window"]);

describe("Steps one behind the other", () => {
  it("tell of each item what became of it, at every moment and at the end, and leave no timer", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 5 }),
        fc.array(action, { maxLength: 20 }),
        ending,
        fc.constantFrom("drop_newest", "drop_oldest", "block"),
        async (given, actions, end, policy) => {
          const file = {
            version: 1,
            name: "any",
            source: { events: ["MempoolTransactionAdded"], buffer: { capacity: 5 } },
            steps: given.map(([kind, options, isFailing], n) => ({
              id: `s${n}`,
              [kind]: options,
              ...(isFailing && kind !== "catch" && { on_error: "fail" }),
            })),
            sinks: [{ id: "out", stdout: {}, buffer: { capacity: 2, policy } }],
          };
          const prepared = readStream(JSON.stringify(file), "any.yaml");
          const scheduler = new VirtualTimeScheduler();
          const source$ = new Subject<StreamItem>();
          const stream = startStream(prepared, {
            scheduler,
            log: silentLogger,
            filesDir: "",
            stdout: {
              write(_text, written) {
                scheduler.schedule(() => written(), 2);
                return true;
              },
            },
            events$: () => source$,
          });
          const left = new Map<string, number>();
          for (const { id, kind } of prepared.steps)
            stream.tap$(id).subscribe(({ value }) => {
              const count = LISTS.has(kind) && Array.isArray(value) ? value.length : 1;
              left.set(id, (left.get(id) ?? 0) + count);
            });
          const check = () => {
            let before = stream.intake.in - stream.intake.dropped - stream.intake.held;
            for (const { id, kind } of prepared.steps) {
              const { in: came, out, dropped, errors, held } = counted(id);
              expect(came, `${id} ${kind}: in`).toBe(before);
              const accounted = (left.get(id) ?? 0) + dropped + errors + held;
              if (kind === "filter") expect(accounted, `${id} ${kind}`).toBeLessThanOrEqual(came);
              else if (kind !== "catch") expect(accounted, `${id} ${kind}`).toBe(came);
              before = out;
            }
            const { in: came, out, dropped, errors, held } = counted("out");
            expect([came, out + dropped + errors + held], "out").toEqual([before, before]);
          };
          const counted = (id: string) => {
            const counters = stream.counters.get(id);
            if (counters === undefined) throw new Error(`no ${id}`);
            return counters;
          };
          let seq = 0;
          let nowMs = 0;
          const pass = (ms: number) => {
            nowMs += ms;
            scheduler.maxFrames = nowMs;
            scheduler.flush();
          };
          for (const act of actions) {
            if ("ms" in act) pass(act.ms);
            else
              for (let n = 0; n < act.items; n++) {
                const event = {
                  type: "MempoolTransactionAdded",
                  payload: exampleEvent("MempoolTransactionAdded"),
                };
                seq++;
                source$.next({
                  value: { ...event, seq, timestamp_ms: nowMs, source: "node" },
                  ...{ seq, timestampMs: nowMs, hops: 0 },
                });
              }
            await settled();
            check();
          }
          let ended: StreamEnd | undefined;
          void stream.ended.then((how) => {
            ended = how;
          });
          const closing = new AbortController();
          if (end === "complete") source$.complete();
          else if (end === "error") source$.error(new Error("the source failed"));
          else void stream.close({ signal: closing.signal });
          if (end === "abort") closing.abort();
          for (let turn = 0; turn < 200 && ended === undefined; turn++) {
            pass(500);
            await settled();
          }
          expect(ended).toBeDefined();
          check();
          for (const [id, { held }] of stream.counters) expect(held, `${id}: held`).toBe(0);
          // What a timer would do is done: none of them is left.
          pass(100_000);
          const waiting = (scheduler as unknown as { actions: readonly { closed: boolean }[] }).actions;
          expect(waiting.filter(({ closed }) => !closed)).toEqual([]);
        },
      ),
      { numRuns: Number(process.env.RUNS ?? 150) },
    );
  });

  it("count what they hold as dropped when their stream fails behind them, and not when a successor takes it", async () => {
    const file = {
      version: 1,
      name: "any",
      source: { events: ["MempoolTransactionAdded"] },
      steps: [
        { id: "later", delay: { by: "1m" } },
        { id: "quick", delay: { by: "1ms" } },
        { id: "fails", filter: "1 / 0 == 1", on_error: "fail" },
      ],
      sinks: [{ id: "out", stdout: {} }],
    };
    const start = () => {
      const scheduler = new VirtualTimeScheduler();
      const source$ = new Subject<StreamItem>();
      const stream = startStream(readStream(JSON.stringify(file), "any.yaml"), {
        scheduler,
        log: silentLogger,
        filesDir: "",
        stdout: { write: () => true },
        events$: () => source$,
      });
      source$.next({ value: {}, seq: 1, timestampMs: 0, hops: 0 });
      source$.next({ value: {}, seq: 2, timestampMs: 0, hops: 0 });
      return { stream, scheduler };
    };
    const handedOver = start();
    expect([...handedOver.stream.carry().keys()]).toHaveLength(2);
    await handedOver.stream.close({ signal: AbortSignal.abort(), isCarried: true });
    expect(handedOver.stream.counters.get("later")).toMatchObject({ in: 2, out: 0, dropped: 0, held: 0 });
    const failed = start();
    failed.scheduler.maxFrames = 60_001;
    failed.scheduler.flush();
    await failed.stream.ended;
    expect(failed.stream.counters.get("later")).toMatchObject({ in: 2, out: 2, dropped: 0, held: 0 });
    expect(failed.stream.counters.get("quick")).toMatchObject({ in: 2, out: 1, dropped: 1, held: 0 });
  });
});

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
