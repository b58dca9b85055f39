import { expect, it } from "vitest";
import { createWallet } from "../../../../src/chain/devnet/wallet/create-wallet.js";
import type { WalletCoin } from "../../../../src/chain/devnet/wallet/wallet.js";
import { coinbaseOf, grow, newKernel, startS, transactionOf } from "../kernel/small-chain.js";

it("pays from coinbases of both kinds what the kernel takes into a block", () => {
  const wallet = createWallet({ seed: "miner" });
  const kernel = newKernel();
  for (const kind of ["p2wpkh", "p2tr"] as const) {
    grow(kernel, { payoutScript: wallet.newAddress(kind).script });
  }
  for (let count = 0; count < 100; count += 1) grow(kernel);
  const coins = [1, 2].map((height): WalletCoin => {
    const { txid, index, valueSat, script } = coinbaseOf(kernel, height);
    return { txid, index, valueSat, scriptPubKey: script, heightBlocks: height, isCoinbase: true };
  });
  const payments = [{ script: wallet.newAddress("p2tr").script, valueSat: 7_000_000_000 }];
  const { bytes, feeSat } = wallet.pay({ payments, coins, feeRateSatPerVb: 3, isReplaceable: false });

  const transaction = transactionOf(bytes);
  expect(transaction.inputs).toHaveLength(2);
  const checked = kernel.checkTransaction(transaction, (txid, index) => kernel.coin(txid, index), 103);
  expect(checked).toMatchObject({ ok: true, feeSat });
  const { outcome } = grow(kernel, { transactions: [transaction], feesSat: feeSat, timeS: startS });
  expect(outcome.outcome).toBe("accepted");
  const paid = [0, 1].map((index) => kernel.coin(transaction.txid, index)?.scriptPubKey);
  expect(paid.map((script) => script !== undefined && wallet.owns(script))).toEqual([true, true]);
});
