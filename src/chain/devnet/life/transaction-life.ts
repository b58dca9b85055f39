import type { MempoolEntry } from "../mempool/mempool.js";
import type { ActivityOptions, LifeDependencies } from "./activity-part.js";

/** One in twenty pays six times the median: ln 6 at 1.645 standard deviations. */
const FEE_SPREAD = Math.log(6) / 1.645;
const HIGHEST_FEE_RATE = 20_000;
const MEDIAN_VALUE_SAT = 250_000;
const VALUE_SPREAD = 1.6;
const SMALLEST_VALUE_SAT = 2_000;
const REPLACEABLE_SHARE = 0.7;
/** Core's limit of a chain of waiting transactions is 25; those near it get no more children here. */
const LONGEST_CHAIN = 20;

/** For a seventh of the time three times as many come; the rest of the time makes up for it. */
const BURST_SHARE = 0.15;
const BURST_FACTOR = 3;
const CALM_FACTOR = (1 - BURST_SHARE * BURST_FACTOR) / (1 - BURST_SHARE);
const PHASE_BLOCKS = 6;
/** Once in a while somebody empties the mempool. */
const CLEARING_BLOCKS = 200;

/** Transactions at random intervals: payments, replacements and children, with bursts between calmer times. */
export function transactionLife(
  { actions, random, attempt, often }: LifeDependencies,
  options: ActivityOptions,
) {
  const { transactions_per_second: perSecond, replace_share, child_share } = options;
  if (perSecond === 0) return;
  const phases = random.fork("phases");
  let factor = CALM_FACTOR;
  // Adding up all coins for each payment would cost more than the payment.
  let balance = { tipHash: "", sat: 0 };

  const coming = often(
    () => 1000 / (perSecond * factor),
    () => {
      // All is drawn in any case, so that what waits doesn't change what comes next.
      const kind = random.next();
      const choice = random.next();
      const feeRateSatPerVb = drawFeeRate();
      const valueSat = drawValue();
      const isReplaceable = random.chance(REPLACEABLE_SHARE);
      const isReplacement = kind < replace_share;
      const isChild = !isReplacement && kind < replace_share + child_share;
      const replaced = isReplacement ? chosen(actions.waiting().filter(isBumpable), choice) : undefined;
      const parent = isChild ? chosen(actions.waiting().filter(canHaveChild), choice) : undefined;
      const payment = { valueSat, feeRateSatPerVb, isReplaceable };
      if (replaced !== undefined) {
        const least = replaced.feeRateSatPerVb * 1.25 + options.min_relay_fee_rate + 1;
        const rate = Math.max(feeRateSatPerVb, Math.ceil(least));
        attempt("a replacement", () => void actions.bump(replaced.transaction.txid, rate));
      } else if (parent !== undefined) {
        const child = { ...payment, valueSat: SMALLEST_VALUE_SAT, parent: parent.transaction.txid };
        attempt("a child", () => void actions.pay(child));
      } else attempt("a payment", () => void actions.pay(payment));
    },
  );
  often(
    () => PHASE_BLOCKS * options.block_interval_s * 1000,
    () => {
      factor = phases.chance(BURST_SHARE) ? BURST_FACTOR : CALM_FACTOR;
      coming.redraw();
    },
  );
  often(
    () => CLEARING_BLOCKS * options.block_interval_s * 1000,
    () => void attempt("emptying the mempool", () => actions.clearMempool()),
  );

  function drawFeeRate(): number {
    const rate = random.logNormal(options.median_fee_rate, FEE_SPREAD);
    const rounded = Math.round(rate * 1000) / 1000;
    return Math.min(HIGHEST_FEE_RATE, Math.max(options.min_relay_fee_rate, rounded));
  }

  function drawValue(): number {
    const value = Math.round(random.logNormal(MEDIAN_VALUE_SAT, VALUE_SPREAD));
    const tipHash = actions.tip.hash;
    if (balance.tipHash !== tipHash) balance = { tipHash, sat: actions.balanceSat() };
    const most = Math.floor(balance.sat / 20);
    return Math.max(SMALLEST_VALUE_SAT, Math.min(value, most));
  }
}

/** Replacing one with descendants costs all of their fees. */
function isBumpable({ isReplaceable, descendantCount }: MempoolEntry): boolean {
  return isReplaceable && descendantCount === 1;
}

function canHaveChild({ descendantCount, ancestorCount }: MempoolEntry): boolean {
  return descendantCount === 1 && ancestorCount < LONGEST_CHAIN;
}

function chosen<Item>(items: readonly Item[], choice: number): Item | undefined {
  return items[Math.floor(choice * items.length)];
}
