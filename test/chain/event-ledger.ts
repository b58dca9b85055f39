import type { ChainEvent, ChainSource, ChainTip } from "../../src/chain/index.js";
import { type Publisher, publishedWhen, publisherNames } from "../../src/events/index.js";

/** What a source begins with, which its events go on from. */
export interface Beginning {
  /** The end of the best chain, lowest block first. */
  readonly chain: readonly ChainTip[];
  readonly mempool: readonly string[];
  /** Whether the source tells of a block's validation before the block; by default it does. */
  readonly tellsValidation?: boolean;
}

/** More blocks than a source of the suite ever takes off. */
const MOST_BEGINNING_BLOCKS = 60;

/**
 * Asks a source that has just started, before its first event. It is asked for so many blocks below its tip: none of a
 * source whose answers take longer than its first event.
 */
export async function beginningOf(
  source: ChainSource,
  mostBlocks = MOST_BEGINNING_BLOCKS,
): Promise<Beginning> {
  const tip = source.tip();
  const { queries } = source;
  const tellsValidation = publishesValidation(source.name);
  if (tip === undefined) return { chain: [], mempool: [], tellsValidation };
  const mempool = queries.mempoolTransactions?.();
  const lowest = Math.max(0, tip.heightBlocks - mostBlocks);
  const heights = Array.from({ length: tip.heightBlocks - lowest }, (_, index) => lowest + index);
  const below = await Promise.all(
    heights.map(async (heightBlocks) => ({ heightBlocks, hash: await queries.blockHashAt?.(heightBlocks) })),
  );
  const known = below.flatMap(({ heightBlocks, hash }) =>
    hash === undefined ? [] : [{ hash, heightBlocks }],
  );
  return { chain: [...known, tip], mempool: (await mempool) ?? [], tellsValidation };
}

/** A source of the tests' own, which declares nothing, does. */
function publishesValidation(name: string): boolean {
  const declares = (publisherNames as readonly string[]).includes(name);
  return !declares || publishedWhen(name as Publisher, "BlockValidationCompleted") !== undefined;
}

/**
 * Rebuilds the best chain and the mempool from a chain source's events alone, as a module would.
 * Begins with nothing, or with what the source began with. Throws at the first event that contradicts the events before it.
 */
export class EventLedger {
  /** The best chain, lowest block first. */
  readonly chain: ChainTip[] = [];
  readonly mempool = new Set<string>();
  readonly heard = new Set<string>();
  /** How often the source left a whole chain and began another. */
  chainsLeft = 0;
  readonly #tellsValidation: boolean;
  #validated: string | undefined;
  #isSynced = false;

  constructor({ chain, mempool, tellsValidation = true }: Beginning = { chain: [], mempool: [] }) {
    this.#tellsValidation = tellsValidation;
    this.chain.push(...chain);
    for (const txid of mempool) {
      this.mempool.add(txid);
      this.heard.add(txid);
    }
  }

  get tip(): ChainTip | undefined {
    return this.chain.at(-1);
  }

  apply(event: ChainEvent): void {
    switch (event.type) {
      case "NewTransaction":
        this.heard.add(event.payload.tx_hash);
        return;
      case "MempoolTransactionAdded": {
        const { tx_hash, fee_rate, mempool_size } = event.payload;
        demand(this.heard.has(tx_hash), `${tx_hash} entered the mempool unheard`);
        demand(!this.mempool.has(tx_hash), `${tx_hash} entered the mempool twice`);
        demand(Number.isFinite(fee_rate) && fee_rate >= 0, `fee rate ${fee_rate}`);
        this.mempool.add(tx_hash);
        demand(
          this.mempool.size === mempool_size,
          `mempool size ${mempool_size}, books say ${this.mempool.size}`,
        );
        return;
      }
      case "MempoolTransactionRemoved": {
        const { tx_hash, mempool_size } = event.payload;
        demand(this.mempool.delete(tx_hash), `${tx_hash} left the mempool without having been there`);
        demand(
          this.mempool.size === mempool_size,
          `mempool size ${mempool_size}, books say ${this.mempool.size}`,
        );
        return;
      }
      case "MempoolCleared":
        this.mempool.clear();
        return;
      case "BlockValidationCompleted":
        if (event.payload.success) this.#validated = event.payload.block_hash;
        return;
      case "NewBlock": {
        const { block_hash: hash, height: heightBlocks } = event.payload;
        demand(this.#isSynced, `block ${hash} came before the source said that it is synced`);
        demand(!this.#tellsValidation || this.#validated === hash, `block ${hash} came without validation`);
        const expected = this.tip === undefined ? heightBlocks : this.tip.heightBlocks + 1;
        demand(heightBlocks === expected, `height ${heightBlocks} follows ${this.tip?.heightBlocks}`);
        this.chain.push({ hash, heightBlocks });
        return;
      }
      case "BlockDisconnected": {
        const block = this.chain.pop();
        const { hash, height } = event.payload;
        demand(
          block?.hash === hash && block.heightBlocks === height,
          `${hash} was disconnected, tip is ${block?.hash}`,
        );
        return;
      }
      case "SyncStateChanged":
        this.#isSynced = event.payload.new_state === "Synced";
        if (event.payload.old_state === "Synced") this.chainsLeft += 1;
        return;
    }
  }
}

/** The ledger of a whole list of events. */
export function ledgerOf(events: readonly ChainEvent[], beginning?: Beginning): EventLedger {
  const ledger = new EventLedger(beginning);
  for (const event of events) ledger.apply(event);
  return ledger;
}

function demand(holds: boolean, contradiction: string): void {
  if (!holds) throw new Error(contradiction);
}
