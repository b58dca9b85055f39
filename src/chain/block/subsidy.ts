const mainnetHalvingBlocks = 210_000;
const firstSubsidySat = 5_000_000_000;
// A right shift by 64 or more isn't defined where this rule comes from; it means nothing is left.
const lastHalving = 63;

/**
 * How many new satoshi a block may create, by its height and by how often its network halves that:
 * each 210,000 blocks on mainnet and the test networks, each 150 on regtest.
 */
export function subsidySat(heightBlocks: number, halvingBlocks = mainnetHalvingBlocks): number {
  const halvings = Math.floor(heightBlocks / halvingBlocks);
  return halvings > lastHalving ? 0 : Math.floor(firstSubsidySat / 2 ** halvings);
}
