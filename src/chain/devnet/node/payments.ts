import { chainErrors } from "../../errors.js";
import type { DevnetActions } from "../devnet-actions.js";
import type { Mempool, MempoolEntry } from "../mempool/mempool.js";
import type { AddressKind, Wallet, WalletCoin } from "../wallet/wallet.js";
import type { WalletCoins } from "./wallet-coins.js";

type PaymentOrder = Parameters<DevnetActions["pay"]>[0];

export interface PaymentDependencies {
  readonly wallet: Wallet;
  readonly mempool: Mempool;
  readonly coins: WalletCoins;
}

/** As many coins are looked at first; most payments take one. */
const FEW_COINS = 32;

/** Makes signed transactions of the wallet's coins; sending them is up to who asked. */
export class Payments {
  readonly #deps: PaymentDependencies;
  #newAddresses = 0;

  constructor(deps: PaymentDependencies) {
    this.#deps = deps;
  }

  /** @throws DEVNET_ADDRESS_UNKNOWN */
  scriptOf(address: string): Uint8Array {
    const script = this.#deps.wallet.scriptOf(address);
    if (script === undefined) throw chainErrors.DEVNET_ADDRESS_UNKNOWN({ address });
    return script;
  }

  /** The bytes of a payment. @throws DEVNET_FUNDS_LOW, DEVNET_ADDRESS_UNKNOWN, DEVNET_TRANSACTION_UNKNOWN */
  payment({ address, valueSat, feeRateSatPerVb, isReplaceable = true, parent }: PaymentOrder): Uint8Array {
    const { wallet } = this.#deps;
    const script =
      address === undefined ? wallet.newAddress(this.#nextKind()).script : this.scriptOf(address);
    const plan = { payments: [{ script, valueSat }], feeRateSatPerVb, isReplaceable };
    if (parent !== undefined) {
      const coins = this.#deps.coins.outputsOf(this.#waiting(parent));
      return wallet.pay({ ...plan, coins, mustSpend: coins.slice(0, 1) }).bytes;
    }
    return this.#withCoins((coins) => wallet.pay({ ...plan, coins }).bytes);
  }

  /** The same payment at a higher fee rate, from the same coins and more where they are needed. @throws as `payment` */
  replacement(txid: string, feeRateSatPerVb: number): Uint8Array {
    const { wallet, coins } = this.#deps;
    const entry = this.#waiting(txid);
    const mustSpend = coins.spentBy(entry);
    const [output] = entry.transaction.outputs;
    if (output === undefined || mustSpend.length < entry.transaction.inputs.length) {
      throw chainErrors.DEVNET_TRANSACTION_UNKNOWN({ txid, found: "spends coins of somebody else" });
    }
    const payments = [{ script: output.scriptPubKey, valueSat: output.valueSat }];
    const plan = { payments, feeRateSatPerVb, isReplaceable: true, mustSpend };
    return this.#withCoins((more) => wallet.pay({ ...plan, coins: [...mustSpend, ...more] }).bytes);
  }

  // Tried with few coins first, then with all: the wallet looks at each one that it is given.
  #withCoins<Result>(pay: (coins: readonly WalletCoin[]) => Result): Result {
    const { coins } = this.#deps;
    const few = coins.confirmed(FEW_COINS);
    if (few.length > 0) {
      try {
        return pay(few);
      } catch (error) {
        if ((error as { code?: unknown }).code !== "DEVNET_FUNDS_LOW") throw error;
      }
    }
    return pay([...coins.confirmed(Number.POSITIVE_INFINITY), ...coins.waiting()]);
  }

  #waiting(txid: string): MempoolEntry {
    const entry = this.#deps.mempool.entry(txid);
    if (entry === undefined) {
      throw chainErrors.DEVNET_TRANSACTION_UNKNOWN({ txid, found: "doesn't wait in the mempool" });
    }
    return entry;
  }

  #nextKind(): AddressKind {
    this.#newAddresses += 1;
    return this.#newAddresses % 2 === 1 ? "p2wpkh" : "p2tr";
  }
}
