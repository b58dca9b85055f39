import { of } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { describe, expect, it } from "vitest";
import { exampleEvent } from "../../../src/events/index.js";
import { type MempoolWindow, mempoolWindows } from "../../../src/modules/mempool-stats/mempool-window.js";
import type { EventEnvelope } from "../../../src/sdk/index.js";

function added(feeRate: number, mempoolSize: number): EventEnvelope<"MempoolTransactionAdded"> {
  const payload = {
    ...exampleEvent("MempoolTransactionAdded"),
    fee_rate: feeRate,
    mempool_size: mempoolSize,
  };
  return { seq: 1, type: "MempoolTransactionAdded", timestamp_ms: 0, source: "node", payload };
}

function removed(mempoolSize: number): EventEnvelope<"MempoolTransactionRemoved"> {
  const payload = { ...exampleEvent("MempoolTransactionRemoved"), mempool_size: mempoolSize };
  return { seq: 1, type: "MempoolTransactionRemoved", timestamp_ms: 0, source: "node", payload };
}

const a = added(1, 1);
const b = added(5, 2);
const c = added(9, 3);
const r = removed(2);

interface Row {
  readonly added: string;
  readonly removed: string;
  readonly expected: string;
  readonly windows?: Readonly<Record<string, MempoolWindow>>;
  /** Needed where the sources never end: virtual time would go on for ever. */
  readonly unsubscribed?: string;
  /** When its sources are listened to; default: until unsubscribed. */
  readonly subscribed?: readonly string[];
  /** The length of the windows from then on: n is 10 ms, m is 5 ms. */
  readonly lengths?: string;
}

/** Windows of 10 ms. */
function run(row: Row) {
  const { added: addedMarbles, removed: removedMarbles, expected, windows = {}, unsubscribed } = row;
  const { lengths = "(n|)", subscribed = unsubscribed === undefined ? [] : [unsubscribed] } = row;
  const scheduler = new TestScheduler((actual, wanted) => expect(actual).toEqual(wanted));
  scheduler.run(({ cold, hot, expectObservable, expectSubscriptions }) => {
    // A source that is left and listened to again goes on where it is.
    const source = row.lengths === undefined ? cold : hot;
    const added$ = source(addedMarbles, { a, b, c });
    const removed$ = source(removedMarbles, { r });
    const windows$ = mempoolWindows(added$, removed$, cold(lengths, { n: 10, m: 5 }), scheduler);
    expectObservable(windows$, unsubscribed).toBe(expected, windows);
    if (unsubscribed !== undefined) {
      for (const source$ of [added$, removed$])
        expectSubscriptions(source$.subscriptions).toBe([...subscribed]);
    }
  });
}

describe("mempoolWindows", () => {
  it("sums up each window with its rates, median and last size", () =>
    run({
      added: "    -a-b-c---------(a|)",
      removed: "  -------r----r--|   ",
      expected: "----------x----(y|)",
      windows: {
        x: { addedPerSecond: 300, removedPerSecond: 100, medianFeeRate: 5, mempoolSize: 2 },
        y: { addedPerSecond: 100, removedPerSecond: 100, medianFeeRate: 1, mempoolSize: 1 },
      },
    }));

  it("knows no median when nothing was added", () =>
    run({
      added: "       -----------",
      removed: "     -r---------",
      expected: "    ----------x",
      unsubscribed: "^-----------!",
      windows: { x: { addedPerSecond: 0, removedPerSecond: 100, medianFeeRate: undefined, mempoolSize: 2 } },
    }));

  it("emits nothing for a window without events", () =>
    run({
      added: "       -----------------------a--------",
      removed: "     --------------------------------",
      expected: "    ------------------------------x-",
      unsubscribed: "^-------------------------------!",
      windows: { x: { addedPerSecond: 100, removedPerSecond: 0, medianFeeRate: 1, mempoolSize: 1 } },
    }));

  it("emits nothing of sources that never emit", () =>
    run({ added: "-", removed: "-", expected: "-", unsubscribed: "^-----------------------!" }));

  it("completes with its sources when both are empty", () =>
    run({ added: "|", removed: "--|", expected: "--|" }));

  it("passes on the error of a source and drops the window under way", () =>
    run({ added: "-a-#", removed: "----", expected: "---#" }));

  it("leaves its sources when nobody listens any more", () =>
    run({ added: "-a-b---", removed: "-------", expected: "-------", unsubscribed: "^----!" }));

  it("begins a new window when the length changes, and gives up the one under way", () =>
    run({
      added: "      -a---b-c-------",
      removed: "    ---------------",
      expected: "   ---------x-----",
      lengths: "    n---m----------",
      unsubscribed: "^-------------!",
      subscribed: ["^---!", "----^---------!"],
      windows: { x: { addedPerSecond: 400, removedPerSecond: 0, medianFeeRate: 9, mempoolSize: 3 } },
    }));

  it("ends a window early when it holds ten thousand changes", () => {
    const scheduler = new TestScheduler((actual, wanted) => expect(actual).toEqual(wanted));
    const windows: MempoolWindow[] = [];
    scheduler.run(({ cold }) => {
      const flood = `-(${"a".repeat(10_001)})`;
      mempoolWindows(cold(`${flood}|`, { a }), cold<typeof r>("|"), of(1_000_000), scheduler).subscribe(
        (window) => windows.push(window),
      );
    });
    expect(windows[0]?.addedPerSecond).toBe(10);
  });
});
