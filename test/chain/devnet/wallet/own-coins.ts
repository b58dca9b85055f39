import { createHash } from "node:crypto";
import type { AddressKind, Wallet, WalletCoin } from "../../../../src/chain/devnet/wallet/wallet.js";

/** Coins that pay a wallet's next addresses, each of a transaction that never was. */
export function ownCoins(
  wallet: Wallet,
  coins: readonly { readonly kind: AddressKind; readonly valueSat: number }[],
): WalletCoin[] {
  return coins.map(({ kind, valueSat }, at) => ({
    txid: createHash("sha256").update(`coin ${at}`).digest("hex"),
    index: at % 3,
    valueSat,
    scriptPubKey: wallet.newAddress(kind).script,
    heightBlocks: 1,
    isCoinbase: false,
  }));
}
