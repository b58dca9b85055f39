import { createBitcoinCoreSource } from "../../../src/chain/bitcoin-core/bitcoin-core-source.js";
import { bitcoinCoreOptions } from "../../../src/chain/bitcoin-core/options.js";
import type { ChainQueries, ChainSource } from "../../../src/chain/index.js";
import { eventually } from "../../kit/ipc-deadline.js";
import { type RecordedNode, startRecordedNode } from "../../kit/recorded-node.js";
import { describeChainSource } from "../chain-source.conformance.js";
import { recordLog } from "../log-recorder.js";

type Query = (...args: unknown[]) => Promise<unknown>;

/** Where the recording goes on, and what is told by then: blocks that came, and entries into the mempool. */
const moments: readonly (readonly [step: string, blocks: number, entries: number])[] = [
  ["mempool-add", 3, 0],
  ["replace", 3, 3],
  ["mine-2", 3, 4],
  ["reorg", 4, 4],
];

/** Plays the recorded node's life as fast as the source tells it. */
async function live(
  node: RecordedNode,
  source: ChainSource,
  questions: Questions,
  isClosed: () => boolean,
): Promise<void> {
  let blocks = 0;
  let entries = 0;
  source.events$.subscribe(({ type }) => {
    if (type === "NewBlock") blocks += 1;
    if (type === "MempoolTransactionAdded") entries += 1;
  });
  await node.subscribed(["sequence", "hashblock"]);
  for (const [step, wantedBlocks, wantedEntries] of moments) {
    if (isClosed()) return;
    await node.advanceTo(step);
    const isTold = () => blocks >= wantedBlocks && entries >= wantedEntries;
    await eventually(step, () => isClosed() || (isTold() && questions.open === 0));
  }
  if (!isClosed()) await node.finish();
}

/** Questions that wait for their answers: a node can't tell of a transaction that has left it meanwhile. */
class Questions {
  open = 0;

  counted(queries: Partial<ChainQueries>): Partial<ChainQueries> {
    const entries = Object.entries(queries).map(([name, query]) => [
      name,
      typeof query === "function" ? this.#counted(query as Query, queries) : query,
    ]);
    return Object.fromEntries(entries) as Partial<ChainQueries>;
  }

  #counted(query: Query, queries: Partial<ChainQueries>): Query {
    return (...args) => {
      this.open += 1;
      return query.apply(queries, args).finally(() => {
        this.open -= 1;
      });
    };
  }
}

/** A source that follows a recorded node of its own, which lives from the start of the source until its end. */
async function followedNode(): Promise<ChainSource> {
  const node = await startRecordedNode();
  const inner = createBitcoinCoreSource(
    { log: recordLog() },
    bitcoinCoreOptions.parse({ url: node.url, cookie_file: node.cookieFile, poll_interval_ms: 50 }),
  );
  const questions = new Questions();
  let isClosed = false;
  let living: Promise<void> | undefined;
  let closing: Promise<void> | undefined;
  const close = async () => {
    isClosed = true;
    await inner.close();
    await node.close();
    // A node that is closed has nobody who could subscribe.
    await living?.catch(() => {});
  };
  return {
    name: inner.name,
    events$: inner.events$,
    queries: questions.counted(inner.queries),
    tip: () => inner.tip(),
    chainInfo: () => inner.chainInfo(),
    async start() {
      await inner.start();
      living ??= live(node, inner, questions, () => isClosed);
    },
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}

describeChainSource({ name: "bitcoin-core", blocks: 6, beginningBlocks: 0, create: followedNode });
