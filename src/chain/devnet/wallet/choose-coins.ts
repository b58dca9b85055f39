import { chainErrors } from "../../errors.js";
import { dustSat, feeSat, inputSizeVb, largestSizeVb } from "./transaction-size.js";
import type { WalletCoin } from "./wallet.js";
import { kindOfScript, type WalletKey } from "./wallet-key.js";

/** Inputs of one transaction at most. */
export const maxInputs = 100;

/** A coin and the key that spends it. */
export interface Spend {
  readonly coin: WalletCoin;
  readonly key: WalletKey;
}

/** What one transaction spends and gives back. */
export interface Choice {
  readonly spends: readonly Spend[];
  /** 0 for no change output. */
  readonly changeSat: number;
  readonly feeSat: number;
}

export interface CoinDemand {
  readonly outputScripts: readonly Uint8Array[];
  /** Of all outputs but the change. */
  readonly outputsSat: number;
  readonly changeScript: Uint8Array;
  readonly feeRateSatPerVb: number;
}

// Without change, what is left over goes to the fee; so little of it can't be told from rounding.
const exactShare = 1.005;

/**
 * Chooses coins that pay a demand at its fee rate: those that must be spent, then the smallest that suffices alone, or
 * the largest and again. The same coins in the same order give the same choice. What is left over is change; leftovers
 * too small for an output are avoided by one coin more, and go to the fee only where no other coin is left.
 * @throws DEVNET_FUNDS_LOW
 */
export function chooseCoins(
  demand: CoinDemand,
  must: readonly Spend[],
  coins: readonly WalletCoin[],
  keyOf: (coin: WalletCoin) => WalletKey | undefined,
): Choice {
  const spends = [...must];
  const taken = new Set(spends.map(({ coin }) => outpoint(coin)));
  const pool = new CoinPool(coins, demand.feeRateSatPerVb);
  while (true) {
    const choice = settle(demand, spends);
    if (choice !== undefined) return choice;
    const coin = spends.length < maxInputs ? pool.next(shortSat(demand, spends)) : undefined;
    if (coin === undefined) return settleWithoutChange(demand, spends);
    if (taken.has(outpoint(coin))) continue;
    taken.add(outpoint(coin));
    const key = keyOf(coin);
    if (key !== undefined) spends.push({ coin, key });
  }
}

/** Names an output. */
export function outpoint({ txid, index }: Pick<WalletCoin, "txid" | "index">): string {
  return `${txid}:${index}`;
}

/** Coins that weren't asked for yet, each given out once. */
class CoinPool {
  readonly #feeRateSatPerVb: number;
  readonly #left: WalletCoin[];
  #isSorted = false;

  constructor(coins: readonly WalletCoin[], feeRateSatPerVb: number) {
    this.#left = [...coins];
    this.#feeRateSatPerVb = feeRateSatPerVb;
  }

  /** The coin of the least worth that makes up for what is short, else the most worthy one; none is worth nothing. */
  next(missingSat: number): WalletCoin | undefined {
    let best: number | undefined;
    let bestSat = Number.POSITIVE_INFINITY;
    for (const [at, coin] of this.#left.entries()) {
      const worthSat = this.#worthSat(coin);
      if (worthSat >= missingSat && worthSat < bestSat) {
        best = at;
        bestSat = worthSat;
      }
    }
    if (best !== undefined && bestSat > 0) return this.#left.splice(best, 1)[0];
    this.#sort();
    const last = this.#left.at(-1);
    return last !== undefined && this.#worthSat(last) > 0 ? this.#left.pop() : undefined;
  }

  // Only a payment of several coins needs an order; splicing keeps it.
  #sort(): void {
    if (this.#isSorted) return;
    this.#isSorted = true;
    this.#left.sort((one, other) => this.#worthSat(one) - this.#worthSat(other));
  }

  // What spending the coin brings beyond what its input costs.
  #worthSat(coin: WalletCoin): number {
    const kind = kindOfScript(coin.scriptPubKey);
    return kind === undefined ? 0 : coin.valueSat - this.#feeRateSatPerVb * inputSizeVb(kind);
  }
}

function settle(demand: CoinDemand, spends: readonly Spend[]): Choice | undefined {
  if (spends.length === 0) return undefined;
  const leftSat = sumSat(spends) - demand.outputsSat;
  const changeFeeSat = feeOf(demand, spends, true);
  const changeSat = leftSat - changeFeeSat;
  if (changeSat >= dustSat(demand.changeScript)) return { spends, changeSat, feeSat: changeFeeSat };
  if (demand.outputScripts.length === 0) return undefined;
  const exactFeeSat = feeOf(demand, spends, false);
  const isExact = leftSat >= exactFeeSat && leftSat <= exactFeeSat * exactShare;
  return isExact ? { spends, changeSat: 0, feeSat: leftSat } : undefined;
}

function settleWithoutChange(demand: CoinDemand, spends: readonly Spend[]): Choice {
  const availableSat = sumSat(spends);
  const leftSat = availableSat - demand.outputsSat;
  const hasOutput = demand.outputScripts.length > 0;
  const isEnough = hasOutput && spends.length > 0 && leftSat >= feeOf(demand, spends, false);
  if (isEnough) return { spends, changeSat: 0, feeSat: leftSat };
  const neededSat = demand.outputsSat + feeOf(demand, spends, !hasOutput);
  throw chainErrors.DEVNET_FUNDS_LOW({ neededSat, availableSat, maxInputs });
}

// What one more coin must be worth so that there is change worth having; the input's own cost is in its worth.
function shortSat(demand: CoinDemand, spends: readonly Spend[]): number {
  const haveSat = sumSat(spends) - demand.outputsSat - feeOf(demand, spends, true);
  // The count of inputs may take two bytes more, and the size is rounded up to whole bytes.
  const slackSat = Math.ceil(3 * demand.feeRateSatPerVb) + 1;
  return dustSat(demand.changeScript) + slackSat - haveSat;
}

function feeOf(demand: CoinDemand, spends: readonly Spend[], hasChange: boolean): number {
  const inputs = { p2wpkh: 0, p2tr: 0 };
  for (const { key } of spends) inputs[key.kind] += 1;
  const scripts = hasChange ? [...demand.outputScripts, demand.changeScript] : demand.outputScripts;
  return feeSat(demand.feeRateSatPerVb, largestSizeVb(inputs, scripts));
}

function sumSat(spends: readonly Spend[]): number {
  return spends.reduce((sum, { coin }) => sum + coin.valueSat, 0);
}
