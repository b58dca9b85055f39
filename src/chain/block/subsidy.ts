const halvingBlocks = 210_000;
const firstSubsidySat = 5_000_000_000;

/**
 * How many new satoshi a block of mainnet or a test network may create, by its height.
 * Regtest halves sooner and is not meant.
 */
export function subsidySat(heightBlocks: number): number {
  const halvings = Math.floor(heightBlocks / halvingBlocks);
  return Math.floor(firstSubsidySat / 2 ** halvings);
}
