import type { SampleTable } from "../sample-table.js";

/** What the host knows of its chain at one moment; what it doesn't know is undefined. */
export interface ChainStatus {
  readonly source: string;
  readonly heightBlocks: number | undefined;
  readonly isSynced: boolean | undefined;
  readonly difficulty: number | undefined;
  /** Milliseconds since 1970. */
  readonly lastBlockAtMs: number | undefined;
  readonly connectedBlocks: number;
  readonly disconnectedBlocks: number;
  readonly reorganisations: number;
  readonly mempool: { readonly transactions: number; readonly bytes: number } | undefined;
}

/** What isn't known makes no line: a 0 would be a claim. */
export function addChain(into: SampleTable, chain: ChainStatus): void {
  const { heightBlocks, isSynced, difficulty, lastBlockAtMs, mempool } = chain;
  into.add("blvm_chain_source_info", [chain.source], 1);
  into.add("blvm_chain_blocks_connected_total", [], chain.connectedBlocks);
  into.add("blvm_chain_blocks_disconnected_total", [], chain.disconnectedBlocks);
  into.add("blvm_chain_reorganisations_total", [], chain.reorganisations);
  if (heightBlocks !== undefined) into.add("blvm_chain_height", [], heightBlocks);
  if (isSynced !== undefined) into.add("blvm_chain_synced", [], isSynced ? 1 : 0);
  if (difficulty !== undefined) into.add("blvm_chain_difficulty", [], difficulty);
  if (lastBlockAtMs !== undefined)
    into.add("blvm_chain_last_block_timestamp_seconds", [], lastBlockAtMs / 1000);
  if (mempool === undefined) return;
  into.add("blvm_mempool_transactions", [], mempool.transactions);
  into.add("blvm_mempool_bytes", [], mempool.bytes);
}
