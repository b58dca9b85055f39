import { describe, expect, it } from "vitest";
import { Dispatcher, type DispatcherHooks } from "../../src/sdk/dispatcher.js";
import { EventInHand } from "../../src/sdk/event-in-hand.js";
import { Inbox } from "../../src/sdk/inbox.js";
import type { Delivery } from "../../src/sdk/index.js";
import { Recorder } from "../kit/ipc-recorder.js";
import { eventDelivery, gapDelivery, nameOf } from "./numbered-delivery.js";

function startDispatcher(hooks: Partial<DispatcherHooks> = {}, isStarted = true) {
  const handled = new Recorder<number>("handled delivery");
  const errors = new Recorder<{ at: string | undefined; error: unknown }>("handler error");
  const inbox = new Inbox((seq) => handled.push(seq));
  const dispatcher = new Dispatcher(inbox, {
    eventInHand: new EventInHand(),
    onHandlerError: (delivery: Delivery, error: unknown) => errors.push({ at: nameOf(delivery), error }),
    noteHandlerTime: undefined,
    ...hooks,
  });
  if (isStarted) dispatcher.start();
  return { dispatcher, inbox, handled, errors };
}

/** A promise, and its end. */
function held(): { promise: Promise<void>; release: () => void } {
  let release = () => {};
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { promise, release };
}

describe("Dispatcher", () => {
  it("awaits each handler before the next delivery, across types", async () => {
    const { dispatcher, inbox, handled } = startDispatcher();
    const first = held();
    const seen: string[] = [];
    dispatcher.on("NewBlock", async ({ seq }) => {
      seen.push(`block ${seq}`);
      await first.promise;
      seen.push(`block ${seq} done`);
    });
    dispatcher.on("ChainReorg", ({ seq }) => seen.push(`reorg ${seq}`));
    inbox.push(eventDelivery(1));
    inbox.push(eventDelivery(2, "ChainReorg"));
    expect(seen).toEqual(["block 1"]);
    expect(handled.items).toEqual([]);
    first.release();
    await handled.nth(2);
    expect(seen).toEqual(["block 1", "block 1 done", "reorg 2"]);
    expect(handled.items).toEqual([1, 2]);
  });

  it("runs emissions first, then handlers in the order of attachment", () => {
    const { dispatcher, inbox } = startDispatcher();
    const seen: string[] = [];
    dispatcher.on("NewBlock", () => seen.push("first"));
    dispatcher.on("NewBlock", () => seen.push("second"));
    dispatcher.events$(["NewBlock"]).subscribe(() => seen.push("emission"));
    inbox.push(eventDelivery(1));
    expect(seen).toEqual(["emission", "first", "second"]);
  });

  it("dispatches nothing before its start nor before a first consumer", () => {
    const { dispatcher, inbox, handled } = startDispatcher({}, false);
    inbox.push(eventDelivery(1));
    const seen: number[] = [];
    dispatcher.on("NewBlock", ({ seq }) => seen.push(seq));
    expect(seen).toEqual([]);
    dispatcher.start();
    expect(seen).toEqual([1]);

    const late = startDispatcher();
    late.inbox.push(eventDelivery(5));
    expect(late.handled.items).toEqual([]);
    late.dispatcher.onGap(() => {});
    expect(late.handled.items).toEqual([5]);
    expect(handled.items).toEqual([1]);
  });

  it("goes on after a handler that throws and one that rejects, and tells of each", async () => {
    const { dispatcher, inbox, handled, errors } = startDispatcher();
    const seen: number[] = [];
    dispatcher.on("NewBlock", ({ seq }) => {
      if (seq === 1) throw new Error("thrown");
    });
    dispatcher.on("NewBlock", ({ seq }) => (seq === 2 ? Promise.reject(new Error("rejected")) : undefined));
    dispatcher.on("NewBlock", ({ seq }) => seen.push(seq));
    for (const seq of [1, 2, 3]) inbox.push(eventDelivery(seq));
    await handled.nth(3);
    expect(seen).toEqual([1, 2, 3]);
    expect(errors.items).toMatchObject([
      { at: "1", error: { message: "thrown" } },
      { at: "2", error: { message: "rejected" } },
    ]);
  });

  it("survives a subscriber that throws and tells of it", async () => {
    const { dispatcher, inbox, handled, errors } = startDispatcher();
    const seen: number[] = [];
    dispatcher.events$(["NewBlock"]).subscribe(() => {
      throw new Error("thrown by a subscriber");
    });
    dispatcher.events$(["NewBlock"]).subscribe(({ seq }) => seen.push(seq));
    inbox.push(eventDelivery(1));
    inbox.push(eventDelivery(2));
    expect(seen).toEqual([1, 2]);
    expect(handled.items).toEqual([1, 2]);
    expect((await errors.nth(1)).error).toMatchObject({ message: "thrown by a subscriber" });
  });

  it("tells gaps in their place and passes over types without a consumer", () => {
    const { dispatcher, inbox, handled } = startDispatcher();
    const seen: string[] = [];
    dispatcher.on("NewBlock", ({ seq }) => seen.push(`${seq}`));
    dispatcher.onGap(({ from_seq, to_seq }) => seen.push(`${from_seq}-${to_seq}`));
    for (const delivery of [
      eventDelivery(1),
      gapDelivery(2, 4),
      eventDelivery(5, "ChainReorg"),
      eventDelivery(6),
    ]) {
      inbox.push(delivery);
    }
    expect(seen).toEqual(["1", "2-4", "6"]);
    expect(handled.items).toEqual([1, 4, 5, 6]);
  });

  it("emits several types in order, a repeated one once, and stops at unsubscription", () => {
    const { dispatcher, inbox } = startDispatcher();
    const seen: string[] = [];
    const subscription = dispatcher
      .events$(["NewBlock", "ChainReorg", "NewBlock"])
      .subscribe(({ type, seq }) => seen.push(`${type} ${seq}`));
    inbox.push(eventDelivery(1));
    inbox.push(eventDelivery(2, "ChainReorg"));
    subscription.unsubscribe();
    inbox.push(eventDelivery(3));
    expect(seen).toEqual(["NewBlock 1", "ChainReorg 2"]);
  });

  it("calls a function that is attached twice twice and detaches it once each", () => {
    const { dispatcher, inbox } = startDispatcher();
    let calls = 0;
    const count = () => {
      calls++;
    };
    const detach = dispatcher.on("NewBlock", count);
    dispatcher.on("NewBlock", count);
    inbox.push(eventDelivery(1));
    expect(calls).toBe(2);
    detach();
    detach();
    inbox.push(eventDelivery(2));
    expect(calls).toBe(3);
  });

  it("gives a delivery to the handlers that were attached when it began", () => {
    const { dispatcher, inbox } = startDispatcher();
    const seen: string[] = [];
    const detach = dispatcher.on("NewBlock", ({ seq }) => {
      seen.push(`first ${seq}`);
      if (seq !== 1) return;
      detach();
      dispatcher.on("NewBlock", (event) => seen.push(`late ${event.seq}`));
    });
    dispatcher.on("NewBlock", ({ seq }) => seen.push(`second ${seq}`));
    inbox.push(eventDelivery(1));
    inbox.push(eventDelivery(2));
    expect(seen).toEqual(["first 1", "second 1", "second 2", "late 2"]);
  });

  it("starts nothing more once a handler closed it, and completes every Observable", () => {
    const { dispatcher, inbox } = startDispatcher({}, false);
    const seen: string[] = [];
    dispatcher.events$(["ChainReorg"]).subscribe({ complete: () => seen.push("complete") });
    dispatcher.on("NewBlock", ({ seq }) => {
      seen.push(`block ${seq}`);
      dispatcher.close();
    });
    inbox.push(eventDelivery(1));
    inbox.push(eventDelivery(2));
    dispatcher.start();
    inbox.push(eventDelivery(3));
    expect(seen).toEqual(["block 1", "complete"]);
    dispatcher.events$(["NewBlock"]).subscribe({ complete: () => seen.push("complete at once") });
    expect(seen.at(-1)).toBe("complete at once");
  });

  it("measures how long the consumers of an event took together", async () => {
    const times: [string, number][] = [];
    const { dispatcher, inbox, handled } = startDispatcher({
      noteHandlerTime: (type, durationMs) => times.push([type, durationMs]),
    });
    const slow = held();
    dispatcher.on("NewBlock", () => slow.promise);
    inbox.push(eventDelivery(1));
    expect(times).toEqual([]);
    slow.release();
    await handled.nth(1);
    expect(times).toEqual([["NewBlock", expect.any(Number)]]);
    expect(times[0]?.[1]).toBeGreaterThanOrEqual(0);
  });
});
