import fc from "fast-check";
import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { NodeFollower } from "../../../src/chain/bitcoin-core/node-follower.js";
import { chainErrors } from "../../../src/chain/errors.js";
import type { ChainEvent } from "../../../src/chain/index.js";
import { recordLog } from "../log-recorder.js";
import { TreeNode } from "./tree-node.js";

interface Followed {
  readonly events: ChainEvent[];
  readonly log: ReturnType<typeof recordLog>;
  /** What the phases of the node's sync were told: that it answers, that it is lost. */
  readonly phases: readonly ("look" | "lost")[];
  /** Blocks from the first on, rebuilt from the events; throws at the first contradiction. */
  rebuild(): string[];
}

type Move =
  | { readonly kind: "mine"; readonly parent: number }
  | { readonly kind: "invalidate" | "reconsider"; readonly block: number }
  | { readonly kind: "hint"; readonly choice: number; readonly isLost: boolean; readonly isTwice: boolean }
  | { readonly kind: "gap" | "fail" | "wait" }
  | { readonly kind: "do"; readonly run: () => void };

const moves: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("mine" as const), parent: fc.nat(19) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("invalidate" as const, "reconsider" as const),
      block: fc.nat(40),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("hint" as const),
      choice: fc.nat(3),
      isLost: fc.boolean(),
      isTwice: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom("gap" as const, "fail" as const, "wait" as const) }),
  },
);

/** Lets promises go on; nothing here waits for real time. */
async function turn(times = 12): Promise<void> {
  for (let left = times; left > 0; left -= 1) await new Promise((resolve) => setImmediate(resolve));
}

async function follow(node: TreeNode, script: readonly Move[], maxCatchUpBlocks = 1000): Promise<Followed> {
  const scheduler = new VirtualTimeScheduler(undefined, 0);
  const closing = new AbortController();
  const events: ChainEvent[] = [];
  const phases: ("look" | "lost")[] = [];
  const log = recordLog();
  const follower = new NodeFollower(
    {
      rpc: node,
      log,
      scheduler,
      sync: {
        look: async () => void phases.push("look"),
        lost: () => phases.push("lost"),
        leave: () => {},
        begin: () => {},
      },
      emit: (event) => events.push(event),
      signal: closing.signal,
      connect: async () => ({ hasSequence: true }),
    },
    { pollIntervalMs: 100, retryMaxMs: 100, maxCatchUpBlocks },
  );
  await follower.begin();
  const first = node.bestHash;
  const below = node.chainOf(first);
  const running = follower.run();
  const advance = async (byMs: number) => {
    await turn(2);
    scheduler.maxFrames = scheduler.now() + byMs;
    scheduler.flush();
    await turn();
  };
  for (const move of script) {
    switch (move.kind) {
      case "mine":
        node.mine(move.parent);
        break;
      case "invalidate":
        node.invalidate(move.block);
        break;
      case "reconsider":
        node.reconsider(move.block);
        break;
      case "hint": {
        // Any of the oldest hints: they come lost, doubled and out of order, and no number tells.
        const hint = node.hints.splice(Math.min(move.choice, node.hints.length - 1), 1)[0];
        if (hint !== undefined && !move.isLost) follower.notice(hint);
        if (hint !== undefined && move.isTwice) follower.notice(hint);
        await turn(1);
        break;
      }
      case "do":
        move.run();
        break;
      case "gap":
        follower.notice({ kind: "gap" });
        break;
      case "fail":
        node.failNext = 2;
        break;
      case "wait":
        await advance(150);
        break;
    }
  }
  for (let looks = 0; looks < 6; looks += 1) await advance(600);
  closing.abort(chainErrors.CHAIN_SOURCE_CLOSED({ source: "bitcoin-core" }));
  await running;
  return {
    events,
    log,
    phases,
    rebuild() {
      const chain = [...below];
      for (const { type, payload } of events) {
        if (type === "NewBlock") {
          expect(node.parentOf(payload.block_hash)).toBe(chain.at(-1));
          expect(payload.height).toBe(chain.length);
          chain.push(payload.block_hash);
        }
        if (type === "BlockDisconnected") {
          expect(payload.height).toBe(chain.length - 1);
          expect(chain.pop()).toBe(payload.hash);
        }
      }
      return chain;
    },
  };
}

describe("following any tree of blocks", () => {
  it("rebuilds the node's best chain, whatever hints come, are lost, doubled or out of order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(moves, { minLength: 5, maxLength: 60 }), async (script) => {
        const node = new TreeNode(3);
        const followed = await follow(node, script);
        expect(followed.rebuild()).toEqual(node.chainOf(node.bestHash));
      }),
      { numRuns: 40, seed: 7 },
    );
  }, 20_000);

  it("tells a branch of twenty blocks that lost, tip first, one switch, then the other", async () => {
    const node = new TreeNode(3);
    const fork = node.bestHash;
    const grow = (blocks: number): Move => ({
      kind: "do",
      run: () => {
        for (let n = 0, parent = fork; n < blocks; n += 1) parent = node.mineOn(parent);
      },
    });
    const { events, rebuild } = await follow(node, [
      ...([grow(20), { kind: "gap" }, { kind: "wait" }] as const),
      ...([grow(21), { kind: "gap" }, { kind: "wait" }] as const),
    ]);
    expect(rebuild()).toEqual(node.chainOf(node.bestHash));
    expect(events.map(({ type }) => type)).toEqual([
      ...Array.from({ length: 20 }, () => "NewBlock"),
      ...Array.from({ length: 20 }, () => "BlockDisconnected"),
      "ChainReorg",
      ...Array.from({ length: 21 }, () => "NewBlock"),
    ]);
  });

  it("says that it begins anew when more was missed than is told one by one", async () => {
    const node = new TreeNode(3);
    const script: Move[] = [
      ...Array.from({ length: 9 }, () => ({ kind: "mine", parent: 0 }) as const),
      { kind: "gap" },
    ];
    const { events, log } = await follow(node, script, 8);
    const errors = log.lines.filter(({ level }) => level === "error");
    expect(errors).toMatchObject([{ fields: { error: { code: "NODE_CATCH_UP_EXCEEDED" } } }]);
    expect(events).toEqual([{ type: "NewBlock", payload: { block_hash: node.bestHash, height: 12 } }]);
  });

  it("begins anew at the tip of a node that lost everything, and takes off what was told", async () => {
    const node = new TreeNode(3);
    const first = node.bestHash;
    const { events, log } = await follow(node, [
      { kind: "do", run: () => node.replaceAll(5) },
      { kind: "gap" },
    ]);
    const errors = log.lines.filter(({ level }) => level === "error");
    expect(errors).toMatchObject([{ fields: { error: { code: "NODE_CHAIN_UNKNOWN" } } }]);
    expect(events).toEqual([
      { type: "BlockDisconnected", payload: { hash: first, height: 3 } },
      { type: "NewBlock", payload: { block_hash: node.bestHash, height: 5 } },
    ]);
  });

  it("tells an invalidated tip as gone, and no switch when it comes back", async () => {
    const node = new TreeNode(3);
    const { events } = await follow(node, [
      ...([{ kind: "mine", parent: 0 }, { kind: "gap" }, { kind: "wait" }] as const),
      ...([{ kind: "invalidate", block: 4 }, { kind: "gap" }, { kind: "wait" }] as const),
      ...([{ kind: "reconsider", block: 4 }, { kind: "gap" }, { kind: "wait" }] as const),
    ]);
    expect(events.map(({ type }) => type)).toEqual(["NewBlock", "BlockDisconnected", "NewBlock"]);
  });

  const headerLie =
    (change: (truth: { height: number; hash: string }, node: TreeNode) => object) =>
    (node: TreeNode) =>
    (method: string, _: string, truth: unknown) =>
      method === "getblockheader"
        ? { ...(truth as object), ...change(truth as { height: number; hash: string }, node) }
        : truth;

  it.each([
    ["heights that jump", headerLie(({ height }) => ({ height: height + 7 }))],
    ["heights below the first", headerLie(() => ({ height: -1 }))],
    [
      "a parent that isn't the block's",
      headerLie((_, node) => ({ previousblockhash: node.chainOf(node.bestHash)[3] })),
    ],
    ["a block that is its own parent", headerLie(({ hash }) => ({ previousblockhash: hash }))],
    ["a parent that is none", headerLie(() => ({ previousblockhash: "nobody" }))],
    ["bits that are none", headerLie(() => ({ bits: "easy" }))],
    [
      "a mempool of other things",
      () => (method: string, _: string, truth: unknown) =>
        method === "getrawmempool" ? { txids: [null, 7, "00"], mempool_sequence: 1 } : truth,
    ],
  ] as const)(
    "tells nothing of what a node says with %s, and everything once it says the truth",
    async (_, lie) => {
      const node = new TreeNode(3);
      const { events, rebuild, log, phases } = await follow(node, [
        { kind: "do", run: () => (node.lie = lie(node)) },
        ...([
          { kind: "mine", parent: 0 },
          { kind: "mine", parent: 0 },
          { kind: "gap" },
          { kind: "wait" },
        ] as const),
        ...([{ kind: "gap" }, { kind: "wait" }] as const),
        { kind: "do", run: () => (node.lie = undefined) },
      ]);
      expect(events.map(({ type }) => type)).toEqual(["NewBlock", "NewBlock"]);
      expect(rebuild()).toEqual(node.chainOf(node.bestHash));
      expect(log.lines.filter(({ level }) => level === "error")).toEqual([]);
      // It answers all the while: it is told as back when it can be followed, not at each attempt.
      const turns = phases.filter((phase, at) => phase !== phases[at - 1]);
      expect(turns).toEqual(["look", "lost", "look"]);
      expect(log.lines[0]).toMatchObject({
        level: "warn",
        fields: { code: "NODE_ANSWER_INVALID" },
      });
    },
  );
});
