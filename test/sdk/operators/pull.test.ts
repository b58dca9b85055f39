import { type AsyncIterableX, from as fromAsync } from "ix/asynciterable";
import { Subject } from "rxjs";
import { describe, expect, it } from "vitest";
import { block, disconnected, transaction } from "../../../marbles/sdk/events.js";
import type { AnyEvent } from "../../../src/events/index.js";
import { type Delivery, pull } from "../../../src/sdk/index.js";

const deliveriesOf = (...events: readonly AnyEvent[]): Delivery[] =>
  events.map((event) => ({ kind: "event", event }));

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** A source that tells how far it was pulled, and whether it was left. */
function watched<Item>(items: readonly Item[]) {
  const state = { pulled: 0, isLeft: false };
  const source: AsyncIterableX<Item> = fromAsync({
    async *[Symbol.asyncIterator]() {
      try {
        for (const item of items) {
          state.pulled++;
          yield item;
        }
      } finally {
        state.isLeft = true;
      }
    },
  });
  return { state, source };
}

describe("the pulling operators", () => {
  it("tell the same as their pushing twins", async () => {
    const [a, b, c, d] = [block("0a", 1), block("0b", 2), block("0c", 3), block("0d", 4)];
    const story = [a, b, transaction("aa"), disconnected("0b", 2), block("1b", 2), c, d];
    const safe = await all(pull.events(fromAsync(deliveriesOf(...story))).pipe(pull.reorgSafe(2)));
    expect(safe.map(({ payload }) => payload.height)).toEqual([1, 2, 3]);
    const told = await all(
      pull.events(fromAsync(deliveriesOf(a, b, c, disconnected("0b", 2)))).pipe(pull.confirmed(2)),
    );
    expect(told).toEqual([
      { kind: "confirmed", event: a },
      { kind: "confirmed", event: b },
      { kind: "retracted", event: b },
    ]);
    const only = await all(pull.ofType("NewTransaction")(fromAsync(story)));
    expect(only.map(({ type }) => type)).toEqual(["NewTransaction"]);
    let nowMs = 0;
    const once = pull.dedupeBy((text: string) => text, { windowMs: 10 }, { now: () => nowMs++ });
    expect(await all(once(fromAsync(["a", "a", "b", "a"])))).toEqual(["a", "b"]);
  });

  it("take nothing before it is asked for, and leave the source with the loop", async () => {
    const { state, source } = watched([block("0a", 1), transaction("aa"), block("0b", 2), block("0c", 3)]);
    for await (const event of source.pipe(pull.ofType("NewBlock"))) {
      if (event.payload.height === 2) break;
    }
    expect(state).toEqual({ pulled: 3, isLeft: true });
  });

  it("tell of a gap where it stands", async () => {
    const gap = { from_seq: 2, to_seq: 3, count: 2, reason: "channel_full" };
    const [a, b] = [block("0a", 1), block("0b", 2)];
    const told: unknown[] = [];
    const deliveries: Delivery[] = [...deliveriesOf(a), { kind: "gap", gap }, ...deliveriesOf(b)];
    for await (const event of pull.events(fromAsync(deliveries), (loss) => told.push(loss))) told.push(event);
    expect(told).toEqual([a, gap, b]);
  });

  it("end a reorganisation that is too deep with REORG_TOO_DEEP", async () => {
    const story = [block("0a", 1), block("0b", 2), disconnected("0b", 2), disconnected("0a", 1)];
    const ending = all(fromAsync(story).pipe(pull.reorgSafe(2)));
    await expect(ending).rejects.toMatchObject({ code: "REORG_TOO_DEEP" });
  });

  it("keep what pushes in a bounded buffer, lose by the policy, and give the rest after its end", async () => {
    for (const [policy, kept, lost] of [
      ["drop_newest", [1, 2, 3], [4, 5]],
      ["drop_oldest", [1, 4, 5], [2, 3]],
    ] as const) {
      const items$ = new Subject<number>();
      const dropped: number[] = [];
      const buffered = pull.boundedBuffer(items$, {
        capacity: 2,
        policy,
        onDrop: (item) => dropped.push(item),
      });
      const iterator = buffered[Symbol.asyncIterator]();
      const first = iterator.next();
      for (const item of [1, 2, 3, 4, 5]) items$.next(item);
      items$.complete();
      const found = [(await first).value, (await iterator.next()).value, (await iterator.next()).value];
      expect([found, dropped, (await iterator.next()).done]).toEqual([kept, lost, true]);
    }
  });

  it("leave what pushes when the loop is left, and pass on its error", async () => {
    const items$ = new Subject<number>();
    const iterator = pull.boundedBuffer(items$, { capacity: 1 })[Symbol.asyncIterator]();
    const first = iterator.next();
    items$.next(1);
    expect((await first).value).toBe(1);
    await iterator.return?.();
    expect(items$.observed).toBe(false);
    const failing = pull.boundedBuffer(items$, { capacity: 1 })[Symbol.asyncIterator]().next();
    items$.error(new Error("gone"));
    await expect(failing).rejects.toThrow("gone");
  });
});
