import { join } from "node:path";

/** Where a host keeps its devnet's chain. No module can have the name of the folder. */
export function devnetStorePath(dataDir: string): string {
  return join(dataDir, ".devnet", "chain.dat");
}
