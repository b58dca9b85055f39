import type { Transaction } from "../../../../src/chain/block/transaction.js";
import { createMempool } from "../../../../src/chain/devnet/mempool/create-mempool.js";
import type {
  AcceptOutcome,
  Mempool,
  MempoolChange,
  MempoolLimits,
} from "../../../../src/chain/devnet/mempool/mempool.js";
import { type Draft, draft, outputsOf, SmallChain, type Spend } from "./small-chain.js";

export const usualLimits: MempoolLimits = {
  maxBytes: 1_000_000,
  expiryS: 1000,
  minRelaySatPerVb: 1,
  maxAncestors: 25,
  maxDescendants: 25,
};

/** A mempool on a small chain, and coins to spend. */
export class WaitingRoomKit {
  readonly chain = new SmallChain(120);
  readonly mempool: Mempool;
  readonly coins: Spend[];
  nowS = 1000;

  constructor(limits: Partial<MempoolLimits> = {}) {
    this.mempool = createMempool({ kernel: this.chain }, { ...usualLimits, ...limits });
    this.coins = this.chain.mature();
  }

  coin(): Spend {
    const coin = this.coins.shift();
    if (coin === undefined) throw new Error("all coins are spent");
    return coin;
  }

  offer(transaction: Transaction): AcceptOutcome {
    return this.mempool.accept(transaction, new Uint8Array(), this.nowS);
  }

  /** Sends a transaction that has to be accepted; it spends a coin of its own unless told what. */
  send(wanted: Partial<Draft> = {}): Transaction {
    const transaction = draft({ spends: wanted.spends ?? [this.coin()], ...wanted });
    const outcome = this.offer(transaction);
    if (outcome.outcome === "refused") throw new Error(outcome.reason);
    return transaction;
  }

  /** A chain of transactions, each of which spends the first output of the one before. */
  sendChain(length: number, wanted: Partial<Draft> = {}): Transaction[] {
    const sent: Transaction[] = [];
    for (let turn = 0; turn < length; turn += 1) {
      const last = sent.at(-1);
      sent.push(
        this.send({ ...wanted, ...(last === undefined ? {} : { spends: outputsOf(last).slice(0, 1) }) }),
      );
    }
    return sent;
  }

  reasonOf(transaction: Transaction): string {
    const outcome = this.offer(transaction);
    return outcome.outcome === "refused" ? outcome.reason : "accepted";
  }

  connect(transactions: readonly Transaction[]): readonly MempoolChange[] {
    return this.mempool.blockConnected(this.chain.connect(transactions), this.nowS);
  }
}

/** Changes in short: what came (+), what came back (~) and what left with its reason. */
export function toldBy(
  changes: readonly MempoolChange[],
  names: Readonly<Record<string, Transaction>>,
): string[] {
  const nameOf = (txid: string) => Object.entries(names).find(([, each]) => each.txid === txid)?.[0] ?? txid;
  return changes.map((change) => {
    const name = nameOf(change.entry.transaction.txid);
    if (change.kind === "removed") return `${name} ${change.reason}`;
    return change.isNew ? `+${name}` : `~${name}`;
  });
}
