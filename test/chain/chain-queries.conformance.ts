import { describe, expect, it } from "vitest";
import {
  type ChainEvent,
  type ChainQueries,
  type ChainSource,
  decodeBlock,
  decodeHeader,
  decodeTransaction,
} from "../../src/chain/index.js";
import type { ChainSourceCase } from "./chain-source.conformance.js";
import { beginningOf, EventLedger } from "./event-ledger.js";
import { recordEvents } from "./event-recorder.js";

const unknown = "0f".repeat(32);
type Queries = Partial<ChainQueries>;
type Playable = Pick<ChainSourceCase, "blocks" | "create" | "beginningBlocks" | "lacksBlocks">;

/** Something that was asked within an event: what, the answer, and what it had to be. */
interface Asked {
  readonly what: string;
  readonly answer: Promise<unknown>;
  readonly expected: unknown;
}

/** Calls a query at once; a query that the source lacks is asked nothing. */
function ask(what: string, answer: Promise<unknown> | undefined, expected: unknown): Asked[] {
  return answer === undefined ? [] : [{ what, answer, expected }];
}

/** Plays a source and lets `look` ask within each event; every answer must be what it had to be at that moment. */
async function playAndAsk(
  { blocks, create, beginningBlocks }: Playable,
  look: (queries: Queries, event: ChainEvent, ledger: EventLedger) => readonly Asked[],
): Promise<number> {
  await using source = await create();
  const asked: Asked[] = [];
  const recorder = recordEvents(source);
  await source.start();
  const ledger = new EventLedger(await beginningOf(source, beginningBlocks));
  if (recorder.events.length > 0) throw new Error("an event came before its beginning could be asked for");
  let seenBlocks = 0;
  source.events$.subscribe((event) => {
    ledger.apply(event);
    if (seenBlocks < blocks) asked.push(...look(source.queries, event, ledger));
    if (event.type === "NewBlock") seenBlocks += 1;
  });
  await recorder.blocks(blocks);
  for (const { what, answer, expected } of asked) expect(await answer, what).toEqual(expected);
  return asked.length;
}

/** Plays a source to its last block, asks about the tip there and then, and hands over. */
async function playToTip(
  { blocks, create }: Playable,
  use: (source: ChainSource, tip: Promise<Uint8Array | undefined>) => Promise<void>,
): Promise<void> {
  await using source = await create();
  const recorder = recordEvents(source);
  let left = blocks;
  const tip = new Promise<Uint8Array | undefined>((resolve) => {
    source.events$.subscribe((event) => {
      if (event.type === "NewBlock" && --left === 0)
        resolve(source.queries.block?.(event.payload.block_hash));
    });
  });
  await source.start();
  await recorder.blocks(blocks);
  await use(source, tip);
}

const hashOf = (bytes: Uint8Array | undefined) => {
  const decoded = decodeBlock(bytes ?? new Uint8Array());
  return decoded.ok ? decoded.value.hash : undefined;
};
const headerHashOf = (bytes: Uint8Array | undefined) => {
  const decoded = decodeHeader(bytes ?? new Uint8Array());
  return decoded.ok ? decoded.value.hash : undefined;
};
const txidOf = (bytes: Uint8Array | undefined) => {
  const decoded = decodeTransaction(bytes ?? new Uint8Array());
  return decoded.ok ? decoded.value.txid : undefined;
};

/** The queries that a source has agree with its events and with one another. What it lacks isn't asked. */
export function describeChainQueries(chosen: Playable): void {
  describe("when it is asked", () => {
    it("knows the block of a NewBlock at once, by hash, height and header", async () => {
      const asked = await playAndAsk(chosen, (queries, event) => {
        if (event.type !== "NewBlock") return [];
        const { block_hash: hash, height } = event.payload;
        return [
          ...ask(`block ${height}`, queries.block?.(hash).then(hashOf), hash),
          ...ask(`header ${height}`, queries.blockHeader?.(hash).then(headerHashOf), hash),
          ...ask(`hash at ${height}`, queries.blockHashAt?.(height), hash),
          ...ask(`hash above ${height}`, queries.blockHashAt?.(height + 1), undefined),
        ];
      });
      // Of the four answers, a source without the blocks themselves gives two.
      expect(asked).toBe((chosen.lacksBlocks ? 2 : 4) * chosen.blocks);
    });

    it("no longer has a disconnected block in its chain", async () => {
      await playAndAsk(chosen, (queries, event) => {
        if (event.type !== "BlockDisconnected") return [];
        const { hash, height } = event.payload;
        return [
          ...ask(`hash at ${height}`, queries.blockHashAt?.(height), undefined),
          // It may still know the block, then as what it was.
          ...ask(
            `block ${hash}`,
            queries.block?.(hash).then((bytes) => bytes === undefined || hashOf(bytes) === hash),
            true,
          ),
        ];
      });
    });

    it("moves each transaction between mempool and chain with the events that say so", async () => {
      const confirmedBy = new Map<string, Set<string>>();
      const asked = await playAndAsk(chosen, (queries, event, { tip }) => {
        if (event.type === "BlockDisconnected") confirmedBy.delete(event.payload.hash);
        if (event.type === "NewBlock") confirmedBy.set(event.payload.block_hash, new Set());
        if (event.type !== "MempoolTransactionAdded" && event.type !== "MempoolTransactionRemoved") return [];
        const { tx_hash } = event.payload;
        const isWaiting = event.type === "MempoolTransactionAdded";
        if (!isWaiting && event.payload.reason === "confirmed")
          confirmedBy.get(tip?.hash ?? "")?.add(tx_hash);
        // Who begins the same chain anew hears of transactions that its old chain holds.
        const isConfirmed = [...confirmedBy.values()].some((txids) => txids.has(tx_hash));
        const place = `${tx_hash} at ${event.type}`;
        return [
          ...ask(`${place}: waits`, queries.hasMempoolTransaction?.(tx_hash), isWaiting),
          ...ask(
            `${place}: raw, waits`,
            queries.mempoolTransaction?.(tx_hash).then(txidOf),
            isWaiting ? tx_hash : undefined,
          ),
          ...ask(`${place}: confirmed`, queries.hasTransaction?.(tx_hash), isConfirmed),
          ...ask(
            `${place}: raw, confirmed`,
            queries.transaction?.(tx_hash).then(txidOf),
            isConfirmed ? tx_hash : undefined,
          ),
        ];
      });
      expect(asked).toBeGreaterThan(0);
    });

    it("lists the mempool that its events made", async () => {
      const asked = await playAndAsk(chosen, (queries, { type }, ledger) => {
        if (type !== "NewBlock" && type !== "BlockDisconnected" && type !== "ChainReorg") return [];
        const expected = [...ledger.mempool].toSorted();
        const size = queries.mempoolSize?.().then(({ transaction_count }) => transaction_count);
        return [
          ...ask(
            `the mempool at ${type}`,
            queries.mempoolTransactions?.().then((txids) => txids.toSorted()),
            expected,
          ),
          ...ask(`its size at ${type}`, size, expected.length),
        ];
      });
      expect(asked).toBeGreaterThan(0);
    });

    it("is synced when its events and its chain info say so", async () => {
      let isSynced = false;
      const asked = await playAndAsk(chosen, (queries, event) => {
        if (event.type === "SyncStateChanged") isSynced = event.payload.new_state === "Synced";
        if (
          event.type !== "SyncStateChanged" &&
          event.type !== "NewBlock" &&
          event.type !== "BlockDisconnected"
        )
          return [];
        const told = queries.syncStatus?.().then(({ is_synced, phase }) => [is_synced, phase === "Synced"]);
        return ask(`synced at ${event.type}`, told, [isSynced, isSynced]);
      });
      expect(asked).toBeGreaterThan(0);
    });

    if (chosen.lacksBlocks !== true) {
      it("gives every transaction of a block under its txid, and unspent outputs of the last", async () => {
        await playToTip(chosen, async ({ queries }, tip) => {
          const decoded = decodeBlock((await tip) ?? new Uint8Array());
          if (!decoded.ok) throw new Error(decoded.problem);
          const { transactions } = decoded.value;
          const [coinbase] = transactions;
          for (const { txid } of [coinbase, ...transactions.slice(-3)]) {
            const bytes = await queries.transaction?.(txid);
            // A source that plays on may have left the block meanwhile.
            if (bytes !== undefined) expect(txidOf(bytes)).toBe(txid);
          }
          const output = await queries.utxo?.(coinbase.txid, 0);
          if (output !== undefined) {
            expect(output.is_coinbase).toBe(true);
            expect(output.value).toBe(coinbase.outputs[0]?.valueSat);
          }
        });
      });
    }

    it("says of what nobody knows that there is none", async () => {
      await playToTip(chosen, async ({ queries }) => {
        const answers = await Promise.all([
          queries.block?.(unknown),
          queries.blockHeader?.(unknown),
          queries.blockHashAt?.(2 ** 31),
          queries.transaction?.(unknown),
          queries.mempoolTransaction?.(unknown),
          queries.utxo?.(unknown, 0),
        ]);
        expect(answers.filter((answer) => answer !== undefined)).toEqual([]);
        expect((await queries.hasTransaction?.(unknown)) ?? false).toBe(false);
        expect((await queries.hasMempoolTransaction?.(unknown)) ?? false).toBe(false);
      });
    });
  });
}
