import type { Block } from "../../block/block.js";
import type { Transaction } from "../../block/transaction.js";
import type { Coin } from "./chain-kernel.js";
import { regtest } from "./regtest.js";

const returnOpcode = 0x6a;

/** The name of an output among coins. */
export function outpointKey(txid: string, index: number): string {
  return `${txid}:${index}`;
}

/** What a transaction spends, in the order of its inputs, and what it pays for being in a block; or Core's reject reason. */
export type Spending =
  | { readonly ok: true; readonly coins: readonly Coin[]; readonly feeSat: number }
  | { readonly ok: false; readonly reason: string };

/**
 * Looks up what a transaction spends and checks the amounts.
 * @see https://github.com/bitcoin/bitcoin/blob/master/src/consensus/tx_verify.cpp CheckTxInputs
 */
export function spendingOf(
  transaction: Transaction,
  lookUp: (txid: string, index: number) => Coin | undefined,
  heightBlocks: number,
): Spending {
  const coins: Coin[] = [];
  for (const input of transaction.inputs) {
    const coin = lookUp(input.previousTxid, input.previousIndex);
    if (coin === undefined) return { ok: false, reason: "bad-txns-inputs-missingorspent" };
    coins.push(coin);
  }
  let inputSat = 0;
  for (const coin of coins) {
    if (coin.isCoinbase && heightBlocks - coin.heightBlocks < regtest.coinbaseMaturityBlocks) {
      return { ok: false, reason: "bad-txns-premature-spend-of-coinbase" };
    }
    inputSat += coin.valueSat;
    if (inputSat > regtest.maxMoneySat) return { ok: false, reason: "bad-txns-inputvalues-outofrange" };
  }
  const outputSat = transaction.outputs.reduce((sum, output) => sum + output.valueSat, 0);
  if (inputSat < outputSat) return { ok: false, reason: "bad-txns-in-belowout" };
  return { ok: true, coins, feeSat: inputSat - outputSat };
}

/** What a block does to the unspent outputs; what it makes and spends itself is in neither. */
export interface CoinChange {
  readonly spent: ReadonlyMap<string, Coin>;
  readonly created: ReadonlyMap<string, Coin>;
}

/** The transactions of a block, one after the other, on top of coins that are only looked at. */
export class BlockSpending implements CoinChange {
  readonly spent = new Map<string, Coin>();
  readonly created = new Map<string, Coin>();
  readonly #lookUp: (txid: string, index: number) => Coin | undefined;
  readonly #heightBlocks: number;
  #feesSat = 0;

  constructor(lookUp: (txid: string, index: number) => Coin | undefined, heightBlocks: number) {
    this.#lookUp = lookUp;
    this.#heightBlocks = heightBlocks;
  }

  /** Of all transactions that were added. */
  get feesSat(): number {
    return this.#feesSat;
  }

  /** Adds the next transaction; the first is the coinbase, which spends nothing. A refused one changes nothing. */
  add(transaction: Transaction, position: number): Spending {
    const isCoinbase = position === 0;
    const spending: Spending = isCoinbase
      ? { ok: true, coins: [], feeSat: 0 }
      : spendingOf(transaction, (txid, index) => this.#coin(txid, index), this.#heightBlocks);
    if (!spending.ok) return spending;
    this.#feesSat += spending.feeSat;
    for (const [index, input] of isCoinbase ? [] : transaction.inputs.entries()) {
      const key = outpointKey(input.previousTxid, input.previousIndex);
      if (!this.created.delete(key)) this.spent.set(key, spending.coins[index] as Coin);
    }
    for (const index of transaction.outputs.keys()) {
      const coin = coinOf(transaction, index, this.#heightBlocks, isCoinbase);
      if (coin !== undefined) this.created.set(outpointKey(transaction.txid, index), coin);
    }
    return spending;
  }

  #coin(txid: string, index: number): Coin | undefined {
    const key = outpointKey(txid, index);
    const created = this.created.get(key);
    if (created !== undefined) return created;
    return this.spent.has(key) ? undefined : this.#lookUp(txid, index);
  }
}

/** The changes of a block that is in the chain, worked out again; `lookUp` finds outputs of the chain, spent ones too. */
export function spendingOfConnected(
  block: Block,
  heightBlocks: number,
  lookUp: (txid: string, index: number) => Coin | undefined,
): BlockSpending {
  const spending = new BlockSpending(lookUp, heightBlocks);
  for (const [position, transaction] of block.transactions.entries()) {
    const added = spending.add(transaction, position);
    if (!added.ok) throw new Error(`block ${block.hash} was connected and doesn't hold now: ${added.reason}`);
  }
  return spending;
}

/** An output as a coin; undefined for one that no script can unlock. The script is copied. */
export function coinOf(
  transaction: Transaction,
  index: number,
  heightBlocks: number,
  isCoinbase: boolean,
): Coin | undefined {
  const output = transaction.outputs[index];
  if (output === undefined) return undefined;
  const { valueSat, scriptPubKey } = output;
  if (scriptPubKey[0] === returnOpcode || scriptPubKey.length > regtest.maxScriptBytes) return undefined;
  // A view would keep the whole block in memory for as long as the coin isn't spent.
  return { valueSat, scriptPubKey: Uint8Array.from(scriptPubKey), heightBlocks, isCoinbase };
}
