import type { ChainQueries, ChainSource } from "../../../src/chain/index.js";
import { eventually } from "../../kit/ipc-deadline.js";

type Query = (...args: unknown[]) => Promise<unknown>;

/** What a source has told so far. */
export interface Told {
  readonly blocks: number;
  readonly disconnected: number;
  readonly entries: number;
}

/** Where a node's life goes on, and what must be told by then. */
export interface Moment {
  readonly name: string;
  readonly after?: Partial<Told>;
  go(): Promise<void>;
}

export interface Life {
  readonly moments: readonly Moment[];
  /** After the source was closed, and after the last moment that had begun by then. */
  end(): Promise<void>;
}

/**
 * The source itself, whose node lives from its start until its end as fast as the source tells it: no faster, for a node
 * whose block takes a transaction before the source could ask about it leaves nothing to be told of the mempool.
 * A moment waits for the answers of questions too: a node can't tell of a transaction that has left it meanwhile.
 */
export function livedSource(inner: ChainSource, { moments, end }: Life): ChainSource {
  const questions = new Questions();
  let isClosed = false;
  let living: Promise<void> | undefined;
  let closing: Promise<void> | undefined;
  async function live(): Promise<void> {
    const told = { blocks: 0, disconnected: 0, entries: 0 };
    inner.events$.subscribe(({ type }) => {
      if (type === "NewBlock") told.blocks += 1;
      if (type === "BlockDisconnected") told.disconnected += 1;
      if (type === "MempoolTransactionAdded") told.entries += 1;
    });
    for (const { name, after = {}, go } of moments) {
      const { blocks = 0, disconnected = 0, entries = 0 } = after;
      const isTold = () =>
        told.blocks >= blocks && told.disconnected >= disconnected && told.entries >= entries;
      await eventually(name, () => isClosed || (isTold() && questions.open === 0));
      if (isClosed) return;
      await go();
    }
  }
  async function close(): Promise<void> {
    isClosed = true;
    await inner.close();
    // What keeps a node from living on shows in what is missing.
    await living?.catch(() => {});
    await end();
  }
  return {
    name: inner.name,
    events$: inner.events$,
    queries: questions.counted(inner.queries),
    tip: () => inner.tip(),
    chainInfo: () => inner.chainInfo(),
    async start() {
      await inner.start();
      living ??= live();
    },
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}

/** Questions that wait for their answers. */
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
