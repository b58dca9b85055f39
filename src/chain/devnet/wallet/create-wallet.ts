import { chainErrors } from "../../errors.js";
import { chooseCoins, maxInputs, outpoint, type Spend } from "./choose-coins.js";
import { KeyLine } from "./key-line.js";
import { KeyRing } from "./key-ring.js";
import { addressOfScript, scriptOfAddress } from "./regtest-address.js";
import { signTransaction } from "./sign-transaction.js";
import { dustSat } from "./transaction-size.js";
import type { AddressKind, PaymentPlan, Wallet, WalletCoin } from "./wallet.js";
import { kindOfScript } from "./wallet-key.js";

const maxMoneySat = 2_100_000_000_000_000;
const maxFeeRateSatPerVb = 1_000_000;
const maxPayments = 1000;
const replaceableSequence = 0xffff_fffd;
const finalSequence = 0xffff_fffe;

/**
 * The wallet of a seed. Change goes to a new address of the kind that the first payment has, P2WPKH otherwise, as the last
 * output. The fee rate of what it signs lies above the asked one by no more than 1 % and one satoshi, and never below;
 * only where every coin is spent and the rest is too small for an output does the rest go to the fee.
 * Not locked to a height (no anti-fee-sniping), so that the same plan makes the same bytes.
 * @throws DEVNET_FUNDS_LOW, DEVNET_PAYMENT_INVALID from `pay`, which then has used no address up
 */
export function createWallet({ seed }: { readonly seed: string }): Wallet {
  const ring = new KeyRing((kind) => new KeyLine(seed, kind));

  return {
    newAddress(kind) {
      const { script } = ring.take(kind);
      const address = addressOfScript(script);
      if (address === undefined) throw new Error("a key of the wallet has no address");
      return { address, script };
    },
    scriptOf: scriptOfAddress,
    addressOf: addressOfScript,
    owns: (script) => ring.keyOf(script) !== undefined,
    pay(plan) {
      refuseInvalid(plan);
      const changeKind = changeKindOf(plan);
      const keyOf = (coin: WalletCoin) => ring.keyOf(coin.scriptPubKey);
      const choice = chooseCoins(
        {
          outputScripts: plan.payments.map(({ script }) => script),
          outputsSat: plan.payments.reduce((sum, { valueSat }) => sum + valueSat, 0),
          // For its size: which key it will be is known when the coins' own keys are.
          changeScript: ring.peek(changeKind).script,
          feeRateSatPerVb: plan.feeRateSatPerVb,
        },
        spendsOf(plan.mustSpend ?? [], keyOf),
        plan.coins,
        keyOf,
      );
      const outputs = [...plan.payments];
      if (choice.changeSat > 0) {
        outputs.push({ script: ring.take(changeKind).script, valueSat: choice.changeSat });
      }
      const sequence = plan.isReplaceable ? replaceableSequence : finalSequence;
      return { bytes: signTransaction(choice.spends, outputs, sequence), feeSat: choice.feeSat };
    },
  };
}

function changeKindOf({ payments }: PaymentPlan): AddressKind {
  const [first] = payments;
  return (first && kindOfScript(first.script)) ?? "p2wpkh";
}

function spendsOf(
  coins: readonly WalletCoin[],
  keyOf: (coin: WalletCoin) => Spend["key"] | undefined,
): Spend[] {
  const names = new Set(coins.map(outpoint));
  if (names.size < coins.length) throw invalid("mustSpend", "the same coin twice", "each coin once");
  if (coins.length > maxInputs) throw invalid("mustSpend", `${coins.length} coins`, `at most ${maxInputs}`);
  return coins.map((coin) => {
    const key = keyOf(coin);
    if (key === undefined) throw invalid("mustSpend", `${outpoint(coin)}, a coin without a key`, "own coins");
    return { coin, key };
  });
}

function refuseInvalid({ payments, feeRateSatPerVb }: PaymentPlan): void {
  if (!(feeRateSatPerVb >= 0 && feeRateSatPerVb <= maxFeeRateSatPerVb)) {
    throw invalid("the fee rate", `${feeRateSatPerVb} sat/vB`, `0 to ${maxFeeRateSatPerVb}`);
  }
  if (payments.length > maxPayments) {
    throw invalid("payments", `a list of ${payments.length}`, `at most ${maxPayments}`);
  }
  for (const { script, valueSat } of payments) {
    const leastSat = dustSat(script);
    if (!(Number.isSafeInteger(valueSat) && valueSat >= leastSat && valueSat <= maxMoneySat)) {
      const allowed = `whole satoshi from ${leastSat} (less is dust) to ${maxMoneySat}`;
      throw invalid("the value of a payment", `${valueSat} satoshi`, allowed);
    }
  }
}

function invalid(field: string, found: string, allowed: string): Error {
  return chainErrors.DEVNET_PAYMENT_INVALID({ field, found, allowed });
}
