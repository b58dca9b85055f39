import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chainOptions, createReplaySource } from "../../src/chain/index.js";
import { silentLogger } from "../../src/log.js";
import { BestBlocks } from "../../src/streams/best-blocks.js";
import { ConfirmationBook } from "../../src/streams/confirmation-book.js";
import type { StreamItem } from "../../src/streams/stream-item.js";
import { recordEvents } from "../chain/event-recorder.js";
import { realBlock, realBlockFile } from "../chain/real-blocks.js";
import { StepLife } from "../kit/streams-step-life.js";

interface Told {
  readonly type: "NewBlock" | "BlockDisconnected";
  readonly hash: string;
  readonly height: number;
}

/** One reorganisation: so many blocks go, so many others come. */
const changes = fc.array(fc.record({ off: fc.nat(6), on: fc.nat(8) }), { maxLength: 15 });
type Changes = readonly { readonly off: number; readonly on: number }[];

/** What a node tells of these changes of its best chain, and the chain with how deep each block has been at most. */
function tellOf(given: Changes) {
  const told: Told[] = [];
  const chain: { readonly hash: string; deepest: number }[] = [];
  let blocks = 0;
  for (const { off, on } of given) {
    for (let n = 0; n < off && chain.length > 0; n++) {
      const { hash } = chain.pop() as { hash: string };
      told.push({ type: "BlockDisconnected", hash, height: chain.length });
    }
    for (let n = 0; n < on; n++) {
      const hash = `block ${blocks++}`;
      told.push({ type: "NewBlock", hash, height: chain.length });
      chain.push({ hash, deepest: 0 });
      for (const [height, block] of chain.entries())
        block.deepest = Math.max(block.deepest, chain.length - height);
    }
  }
  return { told, chain };
}

const input = { kind: "event", types: ["NewBlock"] } as const;

function eventOf({ type, hash, height }: Told, seq: number): StreamItem {
  const payload = type === "NewBlock" ? { block_hash: hash, height } : { hash, height };
  return { value: { seq, type, payload }, seq, timestampMs: 0, hops: 0 };
}

/** Feeds a step as a stream does: the item of the source first, or the chain first. */
function feed(life: StepLife, told: readonly Told[], firstSeq = 1, isChainFirst = false): void {
  for (const [n, one] of told.entries()) {
    const item = eventOf(one, firstSeq + n);
    if (isChainFirst) life.others.next(item);
    if (one.type === "NewBlock") life.push(item.value, item.seq);
    if (!isChainFirst) life.others.next(item);
  }
}

function hashOf(value: unknown): string {
  const { type, payload } = value as { type: string; payload: { hash: string; block_hash: string } };
  return type === "NewBlock" ? payload.block_hash : payload.hash;
}

/** Hashes of what passed and was not taken back, in the order in which it passed. */
function standing(left: readonly StreamItem[]): string[] {
  const hashes: string[] = [];
  for (const { value } of left) {
    if ((value as Told).type === "NewBlock") hashes.push(hashOf(value));
    else expect(hashes.pop()).toBe(hashOf(value));
  }
  return hashes;
}

describe("Confirmations", () => {
  it("has let pass and not taken back exactly what is deep enough, whatever a chain goes through", () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 5 }), fc.boolean(), (given, depth, isChainFirst) => {
        const { told, chain } = tellOf(given);
        const life = new StepLife("confirmations", { depth }, { input });
        feed(life, told, 1, isChainFirst);
        const deep = chain.filter(({ deepest }) => deepest >= depth).map(({ hash }) => hash);
        expect(standing(life.left)).toEqual(deep);
        const passed = life.left.filter(({ value }) => (value as Told).type === "NewBlock").length;
        const { counters } = life;
        expect(counters.in).toBe(passed + counters.dropped + counters.held);
      }),
    );
  });

  it("agrees with the depth of the best chain where each branch is longer than the one before", () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 5 }), (given, depth) => {
        const { told, chain } = tellOf(given.map(({ off, on }) => ({ off, on: off + on })));
        const life = new StepLife("confirmations", { depth }, { input });
        feed(life, told);
        expect(standing(life.left)).toEqual(
          chain.slice(0, Math.max(0, chain.length - depth + 1)).map(({ hash }) => hash),
        );
      }),
    );
  });

  it("holds no more than it may, and the blocks of a short memory are those of a long one", () => {
    fc.assert(
      fc.property(changes, (given) => {
        const { told } = tellOf(given);
        const lives = [7, 1000].map((max) => new StepLife("confirmations", { depth: 3, max }, { input }));
        for (const life of lives) {
          for (const [n, one] of told.entries()) {
            feed(life, [one], n + 1);
            expect(life.counters.held).toBeLessThanOrEqual(7);
          }
        }
        const [short, long] = lives.map(({ left }) =>
          left.filter(({ value }) => (value as Told).type === "NewBlock").map(({ seq }) => seq),
        );
        expect(short).toEqual(long);
      }),
    );
  });

  it("goes on where a former life stopped, as if nothing had been between", () => {
    fc.assert(
      fc.property(changes, fc.nat(60), (given, at) => {
        const { told } = tellOf(given);
        const whole = new StepLife("confirmations", { depth: 3 }, { input });
        feed(whole, told);
        const former = new StepLife("confirmations", { depth: 3 }, { input });
        feed(former, told.slice(0, at));
        const carried = former.kept();
        former.leave();
        const successor = new StepLife("confirmations", { depth: 3 }, { input, carried });
        feed(successor, told.slice(at), at + 1);
        expect([...former.left, ...successor.left]).toEqual(whole.left);
      }),
    );
  });

  it("drops the block that is one more than it may hold, and keeps those that it holds", () => {
    const book = new ConfirmationBook(new BestBlocks(3), { depth: 2, max: 3 });
    const offer = (height: number) =>
      book.offer(
        { value: height, seq: height, timestampMs: 0, hops: 0 },
        { height, block_hash: `block ${height}` },
      );
    for (const height of [1, 2, 3]) expect(offer(height)).toEqual({ confirmed: [], dropped: 0 });
    expect(offer(4)).toEqual({ confirmed: [], dropped: 1 });
    expect(book.held).toBe(3);
    expect(book.connect(4, "block 4").confirmed.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it("takes back what a node undoes that plays real blocks, a competing one and another chain", async () => {
    const life = new StepLife("confirmations", { depth: 1 }, { input });
    const told = await replayed();
    feed(life, told);
    const [competing] = told;
    const [real, next] = [482683, 898352].map((height) => realBlock(height).hash);
    expect(life.left.map(({ value }) => [(value as Told).type, hashOf(value)])).toEqual([
      ["NewBlock", competing?.hash],
      ["BlockDisconnected", competing?.hash],
      ["NewBlock", real],
      ["BlockDisconnected", real],
      ["NewBlock", next],
    ]);
    expect(standing(life.left)).toEqual([next]);
  });
});

/** What a node tells that plays two real blocks of two chains, the first after a competing one. */
async function replayed(): Promise<readonly Told[]> {
  const files = [482683, 898352].map(realBlockFile);
  const source = createReplaySource(
    { log: silentLogger },
    chainOptions.parse({ events_per_second: 0, files, reorg: [482683] }),
  );
  const { events } = recordEvents(source);
  await source.start();
  await source.finished;
  await source.close();
  return events.flatMap(({ type, payload }): Told[] => {
    if (type === "NewBlock") return [{ type, hash: payload.block_hash, height: payload.height }];
    return type === "BlockDisconnected" ? [{ type, ...payload }] : [];
  });
}

describe("The newest blocks of the best chain", () => {
  it("are never more than max, and each depth is counted from the tip", () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 9 }), (given, max) => {
        const { told, chain } = tellOf(given);
        const blocks = new BestBlocks(max);
        for (const { type, hash, height } of told) {
          if (type === "NewBlock") blocks.connect(height, hash);
          else blocks.disconnect(height, hash);
          expect(blocks.size).toBeLessThanOrEqual(max);
        }
        for (const [height, { hash }] of chain.entries())
          expect(blocks.depthOf(height, hash)).toBe(chain.length - height);
      }),
    );
  });

  it("forget what lies far below a tip that jumped, and take nothing in there", () => {
    const blocks = new BestBlocks(2);
    for (const height of [1, 2, 90, 91]) blocks.connect(height, `block ${height}`);
    blocks.connect(3, "block 3");
    expect(blocks.entries().map(([height]) => height)).toEqual([90, 91]);
  });

  it("leave a block alone that another one has replaced already", () => {
    const blocks = new BestBlocks(5);
    blocks.connect(1, "a");
    blocks.connect(2, "b");
    blocks.disconnect(2, "other");
    blocks.disconnect(7, "above");
    expect([blocks.tip, blocks.hashAt(2)]).toEqual([2, "b"]);
  });
});
