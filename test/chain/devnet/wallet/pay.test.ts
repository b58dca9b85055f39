import { Transaction as ScureTransaction } from "@scure/btc-signer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeTransaction } from "../../../../src/chain/block/decode.js";
import type { Transaction } from "../../../../src/chain/block/transaction.js";
import { scriptsFault } from "../../../../src/chain/devnet/kernel/scripts/verify-scripts.js";
import { createWallet } from "../../../../src/chain/devnet/wallet/create-wallet.js";
import type {
  AddressKind,
  PaymentPlan,
  Wallet,
  WalletCoin,
} from "../../../../src/chain/devnet/wallet/wallet.js";
import { catchError } from "../../../kit/catch-error.js";
import { ownCoins } from "./own-coins.js";

const p2wpkh = (valueSat: number) => ({ kind: "p2wpkh" as const, valueSat });
const p2tr = (valueSat: number) => ({ kind: "p2tr" as const, valueSat });

function read(bytes: Uint8Array): Transaction {
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok) throw new Error(decoded.problem);
  return decoded.value;
}

function plan(parts: Partial<PaymentPlan> & Pick<PaymentPlan, "coins">): PaymentPlan {
  return { payments: [], feeRateSatPerVb: 2, isReplaceable: true, ...parts };
}

const outsideScript = createWallet({ seed: "somebody else" }).newAddress("p2wpkh").script;
const pay = (valueSat: number) => ({ script: outsideScript, valueSat });

function spentTxids(transaction: Transaction): string[] {
  return transaction.inputs.map(({ previousTxid }) => previousTxid);
}

describe("a payment", () => {
  it("pays what was asked, gives the rest back as the last output and takes the fee it tells", () => {
    const wallet = createWallet({ seed: "a" });
    const coins = ownCoins(wallet, [p2wpkh(100_000)]);
    const { bytes, feeSat } = wallet.pay(plan({ coins, payments: [pay(30_000)] }));
    const transaction = read(bytes);
    expect(transaction.outputs.map(({ valueSat }) => valueSat)).toEqual([30_000, 70_000 - feeSat]);
    expect(wallet.owns(transaction.outputs[1]?.scriptPubKey ?? new Uint8Array())).toBe(true);
    expect({ version: transaction.version, lockTime: transaction.lockTime }).toEqual({
      version: 2,
      lockTime: 0,
    });
  });

  it("spends the smallest coin that suffices alone", () => {
    const wallet = createWallet({ seed: "a" });
    const coins = ownCoins(wallet, [p2wpkh(9_000_000), p2wpkh(40_000), p2tr(20_000), p2wpkh(50_000)]);
    const { bytes } = wallet.pay(plan({ coins, payments: [pay(30_000)] }));
    expect(spentTxids(read(bytes))).toEqual([coins[1]?.txid]);
  });

  it("spends the largest coins first when none suffices alone", () => {
    const wallet = createWallet({ seed: "a" });
    const coins = ownCoins(wallet, [p2wpkh(10_000), p2wpkh(40_000), p2tr(20_000), p2wpkh(30_000)]);
    const { bytes } = wallet.pay(plan({ coins, payments: [pay(65_000)] }));
    expect(spentTxids(read(bytes))).toEqual([coins[1]?.txid, coins[3]?.txid]);
  });

  it("spends the coins it must spend, before others and even where others would do", () => {
    const wallet = createWallet({ seed: "a" });
    const coins = ownCoins(wallet, [p2wpkh(10_000), p2wpkh(90_000), p2tr(20_000)]);
    const mustSpend = coins.slice(0, 1);
    const { bytes } = wallet.pay(plan({ coins, mustSpend, payments: [pay(65_000)] }));
    expect(spentTxids(read(bytes))).toEqual([coins[0]?.txid, coins[1]?.txid]);
  });

  it("gives everything back to the wallet when nothing is paid, as a bare replacement does", () => {
    const wallet = createWallet({ seed: "a" });
    const coins = ownCoins(wallet, [p2tr(10_000)]);
    const { bytes, feeSat } = wallet.pay(plan({ coins: [], mustSpend: coins }));
    expect(read(bytes).outputs.map(({ valueSat }) => valueSat)).toEqual([10_000 - feeSat]);
  });

  it("makes no change when the coins fit exactly", () => {
    const wallet = createWallet({ seed: "a" });
    const coins = ownCoins(wallet, [p2wpkh(20_220)]);
    const { bytes, feeSat } = wallet.pay(plan({ coins, payments: [pay(20_000)] }));
    expect(feeSat).toBe(220);
    expect(read(bytes).outputs).toHaveLength(1);
  });

  it("spends one coin more rather than to lose what is too small for an output", () => {
    const wallet = createWallet({ seed: "a" });
    const coins = ownCoins(wallet, [p2wpkh(20_400), p2wpkh(5_000)]);
    const { bytes } = wallet.pay(plan({ coins, payments: [pay(20_000)] }));
    const transaction = read(bytes);
    expect(transaction.inputs).toHaveLength(2);
    expect(transaction.outputs).toHaveLength(2);
  });

  it("adds to the fee what is too small for an output when no other coin is left", () => {
    const wallet = createWallet({ seed: "a" });
    const coins = ownCoins(wallet, [p2wpkh(20_400)]);
    const { bytes, feeSat } = wallet.pay(plan({ coins, payments: [pay(20_000)] }));
    expect(read(bytes).outputs).toHaveLength(1);
    expect(feeSat).toBe(400);
  });

  it("leaves out coins that cost more than they bring and coins of other wallets", () => {
    const wallet = createWallet({ seed: "a" });
    const foreign = ownCoins(createWallet({ seed: "b" }), [p2wpkh(30_000)]).map((coin) => ({
      ...coin,
      txid: "ab".repeat(32),
    }));
    const own = ownCoins(wallet, [p2wpkh(1_000), p2wpkh(50_000)]);
    const { bytes } = wallet.pay(
      plan({ coins: [...foreign, ...own], payments: [pay(20_000)], feeRateSatPerVb: 20 }),
    );
    expect(spentTxids(read(bytes))).toEqual([own[1]?.txid]);
  });

  it("signals BIP125 when asked to and not otherwise", () => {
    const wallet = createWallet({ seed: "a" });
    const coins = ownCoins(wallet, [p2wpkh(100_000)]);
    const sequences = [true, false].map((isReplaceable) => {
      const { bytes } = wallet.pay(plan({ coins, payments: [pay(1_000)], isReplaceable }));
      return read(bytes).inputs.map(({ sequence }) => sequence);
    });
    expect(sequences).toEqual([[0xffff_fffd], [0xffff_fffe]]);
  });

  it("is the same bytes for the same seed and plan", () => {
    const [one, other] = [1, 2].map(() => {
      const wallet = createWallet({ seed: "a" });
      const coins = ownCoins(wallet, [p2wpkh(30_000), p2tr(40_000)]);
      return wallet.pay(plan({ coins, payments: [pay(60_000)] })).bytes;
    });
    expect(one).toEqual(other);
  });
});

describe("a payment that can't be", () => {
  const wallet = createWallet({ seed: "a" });
  const coins = ownCoins(wallet, [p2wpkh(20_000), p2tr(30_000)]);

  it("is refused when the coins don't suffice, with what is needed and what there is", () => {
    const error = catchError(() => wallet.pay(plan({ coins, payments: [pay(49_900)] })));
    expect(error).toMatchObject({
      code: "DEVNET_FUNDS_LOW",
      details: { neededSat: 50_234, availableSat: 50_000, maxInputs: 100 },
    });
  });

  it("is refused when more than 100 coins would be needed", () => {
    const many = ownCoins(
      wallet,
      Array.from({ length: 120 }, () => p2wpkh(10_000)),
    );
    const error = catchError(() => wallet.pay(plan({ coins: many, payments: [pay(1_000_000)] })));
    expect(error).toMatchObject({ code: "DEVNET_FUNDS_LOW", details: { availableSat: 1_000_000 } });
  });

  it.each<[string, Partial<PaymentPlan>, string]>([
    ["an output below the dust limit", { payments: [pay(293)] }, "the value of a payment"],
    ["a value that is no whole number", { payments: [pay(1_000.5)] }, "the value of a payment"],
    ["a value above all money", { payments: [pay(2_100_000_000_000_001)] }, "the value of a payment"],
    ["a fee rate that is no number", { feeRateSatPerVb: Number.NaN }, "the fee rate"],
    ["a fee rate below zero", { feeRateSatPerVb: -1 }, "the fee rate"],
    ["more outputs than 1000", { payments: Array.from({ length: 1001 }, () => pay(1_000)) }, "payments"],
    ["a coin twice", { mustSpend: [coins[0], coins[0]] as WalletCoin[] }, "mustSpend"],
    [
      "a coin of another kind than the wallet has keys for",
      { mustSpend: coins.slice(0, 1).map((coin) => ({ ...coin, scriptPubKey: new Uint8Array(25) })) },
      "mustSpend",
    ],
  ])("is refused for %s and uses no address up", (_, wrong, field) => {
    const fresh = createWallet({ seed: "fresh" });
    const error = catchError(() => fresh.pay(plan({ coins, payments: [pay(1_000)], ...wrong })));
    expect(error).toMatchObject({ code: "DEVNET_PAYMENT_INVALID", details: { field } });
    const first = createWallet({ seed: "fresh" }).newAddress("p2wpkh");
    expect(fresh.newAddress("p2wpkh")).toEqual(first);
  });
});

describe("every payment", () => {
  const kind = fc.constantFrom<AddressKind>("p2wpkh", "p2tr");
  const coin = fc.record({ kind, valueSat: fc.integer({ min: 500, max: 2_000_000 }) });
  const demand = fc.record({
    coins: fc.array(coin, { minLength: 1, maxLength: 8 }),
    payments: fc.array(fc.integer({ min: 1_000, max: 900_000 }), { minLength: 1, maxLength: 3 }),
    rate: fc.oneof(fc.double({ min: 1, max: 40, noNaN: true }), fc.integer({ min: 1, max: 500 })),
    must: fc.nat(2),
  });

  it("is signed by its own keys and pays its fee rate, or there is too little", () => {
    const wallet = createWallet({ seed: "property" });
    let paid = 0;
    fc.assert(
      fc.property(demand, ({ coins: wanted, payments, rate, must }) => {
        const coins = ownCoins(wallet, wanted);
        const totalSat = coins.reduce((sum, { valueSat }) => sum + valueSat, 0);
        const askedSat = payments.reduce((sum, valueSat) => sum + valueSat, 0);
        const asked = plan({
          coins,
          mustSpend: coins.slice(0, must),
          feeRateSatPerVb: rate,
          payments: payments.map(pay),
        });
        const signed = payIfEnough(wallet, asked);
        if (signed === undefined) {
          const usefulSat = coins.reduce((sum, { valueSat }) => sum + Math.max(0, valueSat - 68 * rate), 0);
          expect(usefulSat).toBeLessThan(askedSat + rate * (12 + 31 * payments.length + 400) + 1_000);
          return;
        }
        paid += 1;
        const transaction = read(signed.bytes);
        const byName = new Map(coins.map((each) => [`${each.txid}:${each.index}`, each]));
        const spent = transaction.inputs.map((each) =>
          byName.get(`${each.previousTxid}:${each.previousIndex}`),
        );
        const spentCoins = spent.filter((each) => each !== undefined);
        expect(new Set(spentCoins).size).toBe(transaction.inputs.length);
        const inSat = spentCoins.reduce((sum, { valueSat }) => sum + valueSat, 0);
        const outSat = transaction.outputs.reduce((sum, { valueSat }) => sum + valueSat, 0);
        expect(inSat - outSat).toBe(signed.feeSat);

        const leastSat = rate * transaction.sizeVb;
        expect(signed.feeSat).toBeGreaterThanOrEqual(leastSat - 1e-6);
        const mostSat = leastSat * 1.01 + 1;
        const hasChange = transaction.outputs.length > payments.length;
        if (signed.feeSat > mostSat) {
          expect(hasChange).toBe(false);
          expect(signed.feeSat - leastSat).toBeLessThan(294 + 32 * rate + 2);
        }
        expect(totalSat).toBeGreaterThanOrEqual(inSat);
        // The kernel reads BIP143 and BIP341 for itself; the wallet takes its digests from the library.
        expect(scriptsFault(transaction, spentCoins, "policy")).toBeUndefined();
        expect(ScureTransaction.fromRaw(signed.bytes, { allowUnknownOutputs: true }).isFinal).toBe(true);
      }),
      { numRuns: 40, seed: 7 },
    );
    expect(paid).toBeGreaterThan(15);
  });

  function payIfEnough(wallet: Wallet, asked: PaymentPlan) {
    try {
      return wallet.pay(asked);
    } catch (error) {
      expect(error).toMatchObject({ code: "DEVNET_FUNDS_LOW" });
      return undefined;
    }
  }
});
