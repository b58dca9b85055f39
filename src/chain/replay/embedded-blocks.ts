import { fileURLToPath } from "node:url";

/**
 * The blocks that the package brings along, in the order in which they play:
 * mainnet 482,683 (12 transactions), testnet3 898,352 (10) and mainnet 300,025 (461).
 */
export const embeddedBlockFiles: readonly string[] = ["482683.raw", "898352.raw", "300025.raw"].map((name) =>
  fileURLToPath(new URL(`./blocks/${name}`, import.meta.url)),
);
