import { describe, expect, it } from "vitest";
import { blockHashOf } from "../../src/chain/index.js";
import { ModuleClient } from "../../src/sdk/module-client.js";
import { createNodeApiIpc, type NodeApiIpc } from "../../src/sdk/node-api-ipc.js";
import { eventually } from "../kit/ipc-deadline.js";
import { type IpcHost, SCRIPTED_TIP, startIpcHost } from "../kit/ipc-host.js";

interface AskedBlock {
  readonly n: number;
  /** Answers the block, so many bytes of it. */
  answer(bytes?: number): void;
}

/** A block of which nothing but its number is right, at least its header. */
function blockOf(n: number, bytes = 80): Uint8Array {
  const block = new Uint8Array(bytes);
  block[0] = n;
  return block;
}

function hashOf(n: number): string {
  return blockHashOf(blockOf(n)) ?? "";
}

const numbers = new Map(Array.from({ length: 100 }, (_, n) => [hashOf(n), n]));

/** A different order in every run, the same for the same seed. */
function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  const keyOf = (n: number) => (Math.imul(n + 1, 2654435761) ^ seed) >>> 0;
  return items
    .map((item, n) => [keyOf(n), item] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, item]) => item);
}

interface SlowSource extends AsyncDisposable {
  readonly host: IpcHost;
  readonly api: NodeApiIpc;
  readonly client: ModuleClient;
  /** The questions that the source has not answered, in the order in which they came. */
  readonly asked: AskedBlock[];
  untilAsked(count: number): Promise<void>;
}

/** A module on a real socket, and a chain source that answers when the test says so. */
async function startSlowSource(): Promise<SlowSource> {
  const asked: AskedBlock[] = [];
  const block = (hash: string) =>
    new Promise<Uint8Array>((resolve) => {
      const n = numbers.get(hash) ?? Number.NaN;
      asked.push({ n, answer: (bytes) => resolve(blockOf(n, bytes)) });
    });
  const queries = { block, blockHeader: block };
  const host = await startIpcHost({
    api: { chain: { name: "slow", tip: () => SCRIPTED_TIP, chainInfo: () => undefined, queries } },
  });
  const { endpoint, identity } = await host.open("asking", { ipc: { requests_per_second: 0 } });
  const { socketPath, token } = endpoint;
  const client = await ModuleClient.connect({ ...identity, socketPath, token, reconnect: false });
  return {
    host,
    client,
    api: createNodeApiIpc(client),
    asked,
    untilAsked: (count) => eventually(`${count} questions reach the source`, () => asked.length >= count),
    async [Symbol.asyncDispose]() {
      await client.close();
      await host[Symbol.asyncDispose]();
    },
  };
}

describe("requests of one module", () => {
  it.each([1, 2, 3])(
    "are matched with their answers in whatever order those come, shuffle %i",
    async (seed) => {
      await using source = await startSlowSource();
      const asking = Array.from({ length: 64 }, (_, n) => n);
      const order: number[] = [];
      const answers = asking.map(async (n) => {
        const header = await source.api.getBlockHeader(hashOf(n));
        order.push(n);
        return header?.version;
      });
      await source.untilAsked(64);
      const mixed = shuffled(source.asked, seed);
      for (const { answer } of mixed) answer();
      expect(await Promise.all(answers)).toEqual(asking);
      expect(order).toEqual(mixed.map(({ n }) => n));
      expect(order).not.toEqual(asking);
    },
  );

  it("are 64 at a time: the next one is refused, and may be asked again after an answer", async () => {
    await using source = await startSlowSource();
    const open = Array.from({ length: 64 }, (_, n) => source.api.getBlockHeader(hashOf(n)));
    await source.untilAsked(64);
    await expect(source.api.getBlockHeight()).rejects.toMatchObject({
      code: "TOO_MANY_REQUESTS",
      retryable: true,
      details: { open: 64, limit: 64 },
    });
    expect(source.host.refused.items).toEqual([{ type: "GetBlockHeight", code: "TOO_MANY_REQUESTS" }]);
    source.asked[7]?.answer();
    expect(await open[7]).toMatchObject({ version: 7 });
    expect(await source.api.getBlockHeight()).toBe(SCRIPTED_TIP.heightBlocks);
    for (const { answer } of source.asked) answer();
    await Promise.all(open);
  });

  it("hold up nobody behind them", async () => {
    await using source = await startSlowSource();
    let isSlowDone = false;
    const slow = source.api.getRawBlock(hashOf(1)).then(() => {
      isSlowDone = true;
    });
    for (let n = 0; n < 200; n++) await source.api.getBlockHeight();
    expect(isSlowDone).toBe(false);
    source.asked[0]?.answer();
    await slow;
  });

  it("are four at a time where their answers are large, and those that are not pass them", async () => {
    await using source = await startSlowSource();
    const blocks = Array.from({ length: 10 }, (_, n) => source.api.getRawBlock(hashOf(n)));
    const header = source.api.getBlockHeader(hashOf(10));
    await source.untilAsked(5);
    await source.api.getBlockHeight();
    expect(source.asked.map(({ n }) => n)).toEqual([0, 1, 2, 3, 10]);
    source.asked[4]?.answer();
    expect(await header).toMatchObject({ version: 10 });
    source.asked[2]?.answer();
    expect(await blocks[2]).toEqual(blockOf(2));
    await source.untilAsked(6);
    expect(source.asked[5]?.n).toBe(4);
    await eventually("every block is asked for and given", () => {
      for (const { answer } of source.asked) answer();
      return source.asked.length === 11;
    });
    for (const { answer } of source.asked) answer();
    await Promise.all(blocks);
  });

  it("are all answered when their answers are larger than what may wait unread", async () => {
    await using source = await startSlowSource();
    const largeBytes = 1_000_000;
    const answers = Array.from({ length: 40 }, (_, n) => source.api.getRawBlock(hashOf(n)));
    let answered = 0;
    const answerAll = () => {
      for (const { answer } of source.asked.slice(answered)) answer(largeBytes);
      answered = source.asked.length;
      return answered === 40;
    };
    await eventually("forty blocks are asked for and given", answerAll);
    for (const [n, block] of (await Promise.all(answers)).entries()) {
      expect(Buffer.compare(block ?? new Uint8Array(), blockOf(n, largeBytes))).toBe(0);
    }
  });
});

describe("a call that is given up", () => {
  it("rejects with DEADLINE after its own time, and its late answer is dropped", async () => {
    await using source = await startSlowSource();
    const late = source.api.getRawBlock(hashOf(1), { timeoutMs: 20 });
    await expect(late).rejects.toMatchObject({
      code: "DEADLINE",
      retryable: true,
      details: { call: "GetRawBlock", timeoutMs: 20 },
    });
    const next = source.api.getRawBlock(hashOf(2));
    await source.untilAsked(2);
    source.asked[0]?.answer();
    expect(await source.api.getBlockHeight()).toBeGreaterThan(0);
    source.asked[1]?.answer();
    expect(await next).toEqual(blockOf(2));
  });

  it("rejects with its signal's reason, and nobody gets its answer", async () => {
    await using source = await startSlowSource();
    const stop = new AbortController();
    const reason = new Error("changed its mind");
    const aborted = source.api.getRawBlock(hashOf(1), { signal: stop.signal });
    await source.untilAsked(1);
    stop.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    const others = [2, 3].map((n) => source.api.getRawBlock(hashOf(n)));
    await source.untilAsked(3);
    for (const { answer } of source.asked) answer();
    expect(await Promise.all(others)).toEqual([blockOf(2), blockOf(3)]);
  });

  it("is never sent when its signal was aborted before", async () => {
    await using source = await startSlowSource();
    const signal = AbortSignal.abort(new Error("too late"));
    await expect(source.api.getRawBlock(hashOf(1), { signal })).rejects.toThrow("too late");
    await source.api.getBlockHeight();
    expect(source.asked).toEqual([]);
  });

  it("stays open on the host until it is answered", async () => {
    await using source = await startSlowSource();
    const given = Array.from({ length: 64 }, (_, n) =>
      source.api.getBlockHeader(hashOf(n), { timeoutMs: 200 }),
    );
    await source.untilAsked(64);
    await Promise.allSettled(given);
    await expect(source.api.getBlockHeight()).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS" });
    for (const { answer } of source.asked) answer();
    await eventually("the host has room again", () =>
      source.api.getBlockHeight().then(
        () => true,
        () => false,
      ),
    );
  });

  it("rejects with CONNECTION_CLOSED when the host goes away", async () => {
    await using source = await startSlowSource();
    const open = source.api.getRawBlock(hashOf(1));
    const rejected = expect(open).rejects.toMatchObject({ code: "CONNECTION_CLOSED", retryable: true });
    await source.untilAsked(1);
    await source.host[Symbol.asyncDispose]();
    await rejected;
  });
});
