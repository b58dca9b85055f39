/** Refusals of a transaction by the consensus rules; all others are this node's policy or the state of its chain. */
const consensusReasons = [
  "bad-txns-vin-empty",
  "bad-txns-vout-empty",
  "bad-txns-oversize",
  "bad-txns-vout-negative",
  "bad-txns-vout-toolarge",
  "bad-txns-txouttotal-toolarge",
  "bad-txns-inputs-duplicate",
  "bad-txns-prevout-null",
  "bad-txns-inputvalues-outofrange",
  "bad-txns-in-belowout",
  "bad-txns-fee-outofrange",
  "bad-cb-length",
  "coinbase",
] as const;

/** True when a transaction that is refused for this reason could be in no block at all. */
export function breaksConsensus(reason: string): boolean {
  const [rule = ""] = reason.split(/[ ,(]/);
  return (
    (consensusReasons as readonly string[]).includes(rule) ||
    rule === "mandatory-script-verify-flag-failed" ||
    rule === "mempool-script-verify-flag-failed" ||
    rule === "block-script-verify-flag-failed"
  );
}

/** Refusals of a block that come from looking up the coins that it spends. */
const coinReasons = [
  "bad-txns-inputs-missingorspent",
  "bad-txns-premature-spend-of-coinbase",
  "bad-txns-inputvalues-outofrange",
  "bad-txns-in-belowout",
  "bad-txns-fee-outofrange",
  "bad-txns-accumulated-fee-outofrange",
  "bad-txns-BIP30",
  "bad-txns-nonfinal",
  "non-BIP68-final",
  "unsupported-script",
  "mandatory-script-verify-flag-failed",
  "block-script-verify-flag-failed",
] as const;
/** Refusals that come after every coin was found and could be spent. */
const laterReasons = ["bad-cb-amount", "bad-blk-sigops"] as const;

/** What looking up a block's coins came to, by the reason that it was refused for; undefined where it wasn't begun. */
export function coinCheckOf(reason: string): boolean | undefined {
  const [rule = ""] = reason.split(/[ ,(]/);
  if ((laterReasons as readonly string[]).includes(rule)) return true;
  return (coinReasons as readonly string[]).includes(rule) ? false : undefined;
}
