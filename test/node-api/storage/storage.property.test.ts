import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EngineError } from "../../../src/errors.js";
import type { StorageOperation } from "../../../src/requests/index.js";
import { type StorageApi, type StorageClient, startStorage } from "./start-storage.js";
import { entryText, TreeOracle } from "./tree-oracle.js";

// Few names and few bytes, so that the same keys meet again, at both ends of the order.
const tree = fc.constantFrom("a", "a-", "b");
const key = fc.uint8Array({ maxLength: 3 }).map((bytes) => bytes.map((byte) => [0, 1, 254, 255][byte & 3]!));
const value = fc.uint8Array({ maxLength: 40 });
const operation: fc.Arbitrary<StorageOperation> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constant("put" as const), key, value) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("delete" as const), key) },
);

type Step = (client: StorageClient, oracle: TreeOracle, storage: StorageApi) => Promise<void>;

async function answerOrCode(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    return (error as EngineError).code;
  }
}

const write = fc.tuple(tree, fc.array(operation, { maxLength: 8 })).map(
  ([name, ops]): Step =>
    async (client, oracle, { limitBytes }) => {
      const answer = await answerOrCode(client.call("StorageBatch", { tree: name, ops }));
      if (!oracle.trees.has(name)) expect(answer).toBe("UNKNOWN_TREE");
      else expect(answer).toBe(oracle.apply(name, ops, limitBytes) ? null : "QUOTA_EXCEEDED");
    },
);

const remove = fc.tuple(tree, key).map(
  ([name, one]): Step =>
    async (client, oracle) => {
      const held = oracle.trees.get(name);
      const wasThere = held?.delete(Buffer.from(one).toString("hex")) ?? "UNKNOWN_TREE";
      expect(await answerOrCode(client.call("StorageDelete", { tree: name, key: one }))).toBe(wasThere);
    },
);

const read = fc
  .record({
    tree,
    after: fc.option(key, { nil: undefined }),
    prefix: fc.option(key, { nil: undefined }),
    limit: fc.integer({ min: 1, max: 10 }),
  })
  .map(
    (range): Step =>
      async (client, oracle) => {
        const answer = await answerOrCode(client.call("StorageIterate", range));
        if (!oracle.trees.has(range.tree)) return expect(answer).toBe("UNKNOWN_TREE");
        const { after, prefix } = range;
        const expected = oracle.entries(range.tree, {
          ...(after === undefined ? {} : { after }),
          ...(prefix === undefined ? {} : { prefix }),
        });
        expect((answer as [Uint8Array, Uint8Array][]).map(entryText)).toEqual(expected.slice(0, range.limit));
      },
  );

const createTree = tree.map(
  (name): Step =>
    async (client, oracle) => {
      const isNew = !oracle.trees.has(name);
      if (isNew) oracle.trees.set(name, new Map());
      expect(await client.call("StorageCreateTree", { tree: name })).toBe(isNew);
    },
);

const deleteTree = tree.map(
  (name): Step =>
    async (client, oracle) => {
      expect(await client.call("StorageDeleteTree", { tree: name })).toBe(oracle.trees.delete(name));
    },
);

const setLimit = fc.constantFrom(50, 200, 1000).map(
  (limit): Step =>
    async (_client, _oracle, storage) => {
      storage.limitBytes = limit;
    },
);

const restart = fc.constant<Step>((_client, _oracle, storage) => storage.restart());

const steps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: write },
    { weight: 3, arbitrary: remove },
    { weight: 5, arbitrary: read },
    { weight: 3, arbitrary: createTree },
    { weight: 1, arbitrary: deleteTree },
    { weight: 1, arbitrary: setLimit },
    { weight: 1, arbitrary: restart },
  ),
  { maxLength: 60, size: "max" },
);

describe("the trees of a module", () => {
  it("answer as a plain map does, whatever is asked and whenever the host restarts", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (run) => {
        await using storage = await startStorage();
        storage.limitBytes = 1000;
        const client = storage.connect();
        const oracle = new TreeOracle();
        for (const step of run) {
          await step(client, oracle, storage);
          const { used_bytes } = (await client.call("StorageQuota")) as { used_bytes: number };
          expect(used_bytes).toBe(oracle.usedBytes);
        }
        expect(await client.call("StorageListTrees")).toEqual([...oracle.trees.keys()].sort());
      }),
      { numRuns: 40 },
    );
  });
});
