const satPerBtc = 100_000_000;
const maxMoneySat = 21_000_000 * satPerBtc;
const decimalText = /^(\d{1,8})(?:\.(\d{1,8}))?$/;

/**
 * Satoshi as the JSON number of BTC that Core prints. Exact: no amount up to 21 million BTC has a double nearer to it
 * than its own, so that the number reads back as the same satoshi.
 */
export function btcOfSat(valueSat: number): number {
  return valueSat / satPerBtc;
}

/** Satoshi of an amount in BTC, a number or a text; undefined for more than 8 decimals or more than 21 million. */
export function satOfBtc(amount: number | string): number | undefined {
  if (typeof amount === "number") {
    const valueSat = Math.round(amount * satPerBtc);
    return valueSat >= 0 && valueSat <= maxMoneySat && valueSat / satPerBtc === amount ? valueSat : undefined;
  }
  const parts = decimalText.exec(amount);
  if (parts === null) return undefined;
  const valueSat = Number(parts[1]) * satPerBtc + Number((parts[2] ?? "").padEnd(8, "0"));
  return valueSat <= maxMoneySat ? valueSat : undefined;
}

/** A fee rate in sat/vB as Core prints rates: BTC per 1000 virtual bytes, rounded up to a whole satoshi. */
export function btcPerKvb(satPerVb: number): number {
  // Rates are doubles: 1.1 sat/vB are 1100 satoshi and not 1101.
  return btcOfSat(Math.ceil(Number((satPerVb * 1000).toPrecision(12))));
}
