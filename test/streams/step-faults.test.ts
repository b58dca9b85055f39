import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { errorCode } from "../../src/errors.js";
import type { ItemShape } from "../../src/expressions/index.js";
import { prepareStep, stepDefinitions } from "../../src/streams/index.js";
import { StepTimer } from "../../src/streams/step-timer.js";
import { catchError } from "../kit/catch-error.js";
import { StepLife } from "../kit/streams-step-life.js";

const blocks: ItemShape = { kind: "event", types: ["NewBlock"] };
const data: ItemShape = { kind: "data", type: "double" };
const lists: ItemShape = { kind: "list", of: blocks, maxItems: 10 };

function prepare(kind: string, options: unknown, input: ItemShape) {
  const definition = stepDefinitions.find((known) => known.kind === kind);
  if (definition === undefined) throw new Error(`there is no step ${kind}`);
  return prepareStep(definition, options, { id: kind, input });
}

describe("A step that can't be prepared", () => {
  it.each<[kind: string, options: unknown, input: ItemShape, message: RegExp]>([
    ["flatMap", "event.payload.height", blocks, /found a result of type double, allowed is a list/],
    ["flatMap", { list: "value", max: 0 }, data, /max/],
    ["merge", { events: ["BlockDisconected"] }, blocks, /events\.0: .*did you mean BlockDisconnected\?/],
    ["merge", { events: ["NewBlock"] }, blocks, /NewBlock, which reaches the step already/],
    ["merge", { events: ["BlockDisconnected"], map: "1" }, blocks, /map: found data beside events/],
    ["merge", { events: ["BlockDisconnected"] }, data, /say with map what an event becomes/],
    ["merge", { events: ["BlockDisconnected"] }, lists, /merge before the step that makes lists/],
    ["window", {}, data, /no kind of window, allowed is one of tumbling, sliding, session, count/],
    ["window", { tumbling: "1s", count: 3 }, data, /count: found tumbling and count/],
    ["window", { sliding: "1m" }, data, /sliding without every/],
    ["window", { sliding: "1m", every: "2m" }, data, /every: found every 120000, .*at most sliding/],
    ["window", { sliding: "1m", every: 5 }, data, /every: found every 5, .*as a duration/],
    ["window", { sliding: "1m", every: "5s", when_full: "emit" }, data, /when_full: found emit with sliding/],
    ["window", { count: 3, every: 4 }, data, /every: found every 4, .*at most count, which is 3/],
    ["window", { count: 9000, every: "5s" }, data, /every: found every 5000 ms, .*number of items/],
    ["window", { count: 3, max: 4 }, data, /max: found max with count/],
    ["window", { tumbling: "1s", longest: "1m" }, data, /longest: found longest with tumbling/],
    ["window", { session: "1s", emit_empty: true }, data, /emit_empty: found emit_empty with session/],
    ["window", { tumbling: "1s", max: 100_001 }, data, /max/],
    ["window", { tumbling: "1s", reorg: "retract" }, data, /reorg: found retract where value \(double\)/],
    ["debounce", { quiet: "5s", longest: "1s" }, data, /longest: found 1000 ms, .*at least quiet/],
    ["delay", { by: "1s", max: 100_001 }, data, /max/],
    ["batch", { size: 100_001 }, data, /size/],
    ["sample", { every: "31d" }, data, /every/],
    ["dedupe", { key: "value", max: 100_001 }, data, /max/],
    ["dedupe", { key: "value", window: "31d" }, data, /at most 30d/],
    ["distinct", {}, lists, /found no key, and a list of events/],
    ["distinct", { by: "value", max: 0 }, data, /max/],
    ["scan", { with: "acc" }, data, /seed/],
    [
      "scan",
      { seed: "x".repeat(100), with: "acc", max_bytes: 64 },
      data,
      /seed: found a seed that is larger/,
    ],
    ["scan", { seed: 0, with: "acc", max_bytes: 2_000_000 }, data, /max_bytes/],
    ["timeout", { after: "1s", every: "1s" }, data, /every without emit/],
    ["timeout", { after: "1s", pass: false }, data, /pass: false without emit/],
    ["timeout", { after: "1s", emit: "event.payload.height" }, blocks, /emit: .*needs an item, .*`seen`/],
    ["rate", { window: "1m" }, data, /neither min nor max/],
    ["rate", { min: 2, max: 2 }, data, /min not below max/],
    ["rate", { window: "500ms", max: 1 }, data, /at least 1s/],
    ["confirmations", { depth: 6 }, data, /found no NewBlock: value \(double\) reaches it/],
    ["confirmations", {}, { kind: "event", types: ["ChainReorg"] }, /found no NewBlock/],
    ["confirmations", { depth: 6, max: 5 }, blocks, /a max below the depth/],
    ["enrich", { call: "GetBlock", as: "value" }, data, /as: found "value", which is the item's own name/],
    ["enrich", { call: "GetBlock", concurrency: 33 }, data, /concurrency/],
    ["enrich", { call: "GetBlock", as: "My Answer" }, data, /fee_estimate/],
    ["catch", { max: 1001 }, data, /max/],
  ])("says so: %s %j", (kind, options, input, message) => {
    const error = catchError(() => prepare(kind, options, input));
    expect(errorCode(error)).toBe("STREAM_STEP_INVALID");
    expect(String(error)).toMatch(message);
  });
});

describe("What leaves a step", () => {
  it.each<[kind: string, options: unknown, input: ItemShape, output: ItemShape]>([
    ["map", "event.payload.height", blocks, { kind: "data", type: "double" }],
    ["map", '{"n": size(events)}', lists, { kind: "data", type: "map<string, double>" }],
    ["map", "event", blocks, blocks],
    ["map", "events[0]", lists, { kind: "data", type: "dyn" }],
    ["map", "[]", blocks, { kind: "data", type: "list<dyn>" }],
    ["flatMap", "events", lists, blocks],
    ["flatMap", "[event]", blocks, { kind: "data", type: "dyn" }],
    ["flatMap", "events.map(e, e.payload.block_hash)", lists, { kind: "data", type: "string" }],
    ["flatMap", "value", { kind: "data", type: "dyn" }, { kind: "data", type: "dyn" }],
    ["merge", { events: ["ChainReorg"] }, blocks, { kind: "event", types: ["NewBlock", "ChainReorg"] }],
    ["merge", { events: ["NewBlock"], map: "event.payload.height" }, data, data],
    ["merge", { events: ["NewBlock"], map: "'x'" }, data, { kind: "data", type: "dyn" }],
    ["window", { count: 7 }, blocks, { kind: "list", of: blocks, maxItems: 7 }],
    ["window", { session: "1s" }, data, { kind: "list", of: data, maxItems: 1000 }],
    ["batch", { size: 5 }, data, { kind: "list", of: data, maxItems: 5 }],
    ["delay", { by: "1s" }, lists, lists],
    ["dedupe", { key: "event.payload.block_hash" }, blocks, blocks],
    ["distinct", { key: "size(events)" }, lists, lists],
    ["scan", { seed: 0, with: "acc + 1" }, blocks, { kind: "data", type: "dyn" }],
    ["scan", { seed: 0, with: "event" }, blocks, blocks],
    ["timeout", { after: "1s" }, blocks, blocks],
    ["timeout", { after: "1s", emit: "silence_ms" }, blocks, { kind: "data", type: "dyn" }],
    ["timeout", { after: "1s", emit: "silence_ms", pass: false }, blocks, data],
    ["rate", { max: 1 }, blocks, { kind: "data", type: "map<string, dyn>" }],
    ["confirmations", {}, blocks, { kind: "event", types: ["NewBlock", "BlockDisconnected"] }],
    [
      "confirmations",
      { retract: false },
      { kind: "event", types: ["NewBlock", "BlockDisconnected"] },
      blocks,
    ],
    ["enrich", { call: "GetBlock" }, lists, { kind: "data", type: "map<string, dyn>" }],
    ["catch", {}, blocks, blocks],
    ["catch", { emit: "error.code" }, blocks, { kind: "data", type: "dyn" }],
  ])("is known before anything runs: %s %j", (kind, options, input, output) => {
    expect(prepare(kind, options, input).output).toEqual(output);
  });
});

describe("flatMap", () => {
  it("ends its stream with a result that is no list, where errors are to do so", () => {
    const life = new StepLife("flatMap", "value", { onError: "fail" });
    life.push([1]);
    life.push("no list");
    expect(life.values).toEqual([1]);
    expect(life.end).toMatchObject({ error: { code: "STREAM_NOT_A_LIST" } });
    expect(life.counters).toMatchObject({ in: 2, out: 1, errors: 1 });
  });

  it("gives elements that are events their own seq and time", () => {
    const life = new StepLife("flatMap", "events", { input: lists });
    const event = (seq: number) => ({ seq, type: "NewBlock", timestamp_ms: 10 * seq, payload: {} });
    life.push([event(3), event(4)], 4);
    expect(life.left.map(({ seq, timestampMs }) => [seq, timestampMs])).toEqual([
      [3, 30],
      [4, 40],
    ]);
  });
});

describe("The timer of a step", () => {
  it("sleeps in parts for longer than Node's timers can, and fires once at its time", () => {
    const asked: number[] = [];
    const fired: number[] = [];
    const scheduler = new VirtualTimeScheduler();
    const timer = new StepTimer(
      {
        now: () => scheduler.now(),
        schedule: (work, delayMs = 0, state) => {
          asked.push(delayMs);
          return scheduler.schedule(work as never, delayMs, state as never);
        },
      },
      () => fired.push(scheduler.now()),
    );
    const dueMs = 30 * 86_400_000;
    timer.set(dueMs);
    scheduler.flush();
    expect(fired).toEqual([dueMs]);
    expect(asked).toEqual([2 ** 31 - 1, dueMs - 2 ** 31 + 1]);
  });

  it("asks the scheduler for nothing when it is moved to a later time", () => {
    const scheduler = new VirtualTimeScheduler();
    const fired: number[] = [];
    const timer = new StepTimer(scheduler, () => fired.push(scheduler.now()));
    for (let dueMs = 10; dueMs < 1000; dueMs++) timer.set(dueMs);
    expect(scheduler.actions).toHaveLength(1);
    timer.set(5);
    expect(scheduler.actions).toHaveLength(1);
    scheduler.flush();
    expect(fired).toEqual([5]);
    timer.set(20);
    timer.clear();
    scheduler.flush();
    expect(fired).toEqual([5]);
    timer.set(30);
    timer.close();
    expect(scheduler.actions).toHaveLength(0);
  });
});
