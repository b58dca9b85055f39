import type { Coin } from "../kernel/chain-kernel.js";

export type AddressKind = "p2wpkh" | "p2tr";

/** A coin that the wallet can spend, and where it is. */
export interface WalletCoin extends Coin {
  readonly txid: string;
  readonly index: number;
}

export interface Payment {
  readonly script: Uint8Array;
  readonly valueSat: number;
}

export interface PaymentPlan {
  readonly payments: readonly Payment[];
  readonly feeRateSatPerVb: number;
  /** What may be spent; the wallet chooses among them. */
  readonly coins: readonly WalletCoin[];
  /** Signals BIP125. */
  readonly isReplaceable: boolean;
  /** Coins that must be spent, as a replacement needs it. */
  readonly mustSpend?: readonly WalletCoin[];
}

/**
 * Keys that follow from a seed, in order: the same seed gives the same addresses. It holds no coins: who asks for a
 * payment names them. Signing takes about 1.5 ms per input.
 */
export interface Wallet {
  /** The next unused address; the chain's own (bcrt1…). */
  newAddress(kind: AddressKind): { readonly address: string; readonly script: Uint8Array };
  /** The script that pays an address of regtest; undefined for everything else. */
  scriptOf(address: string): Uint8Array | undefined;
  /** The address of a script, where it has one. */
  addressOf(script: Uint8Array): string | undefined;
  /** Whether it has the key; true also for addresses of a run before, within the gap limit. */
  owns(script: Uint8Array): boolean;
  /**
   * A signed transaction in consensus serialization, change included.
   * @throws DEVNET_FUNDS_LOW when the coins don't suffice
   */
  pay(plan: PaymentPlan): { readonly bytes: Uint8Array; readonly feeSat: number };
}
