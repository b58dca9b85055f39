import type { MetricDefinition } from "../metric-definition.js";

export const chainMetrics = {
  blvm_chain_source_info: {
    type: "gauge",
    labels: ["source"],
    help: "Always 1; its label tells where the chain comes from: devnet, replay, bitcoin-core or recording.",
    owner: "chain",
  },
  blvm_chain_height: {
    type: "gauge",
    labels: [],
    help: "Height of the best block; absent while no block is connected.",
    owner: "chain",
  },
  blvm_chain_synced: {
    type: "gauge",
    labels: [],
    help: "1 when the chain source has caught up with its network, else 0; absent while no block is connected.",
    owner: "chain",
  },
  blvm_chain_difficulty: {
    type: "gauge",
    labels: [],
    help: "How many times harder than the easiest target the best block's target is; absent while no block is connected.",
    owner: "chain",
  },
  blvm_chain_last_block_timestamp_seconds: {
    type: "gauge",
    labels: [],
    help: "When the host was told of the newest block, in seconds since 1970, whatever time the block's header says; absent before the first one since the start.",
    unit: "seconds",
    owner: "chain",
  },
  blvm_chain_blocks_connected_total: {
    type: "counter",
    labels: [],
    help: "Blocks that were connected to the best chain since the host started.",
    owner: "chain",
  },
  blvm_chain_blocks_disconnected_total: {
    type: "counter",
    labels: [],
    help: "Blocks that left the best chain since the host started.",
    owner: "chain",
  },
  blvm_chain_reorganisations_total: {
    type: "counter",
    labels: [],
    help: "Switches of the best chain to another branch since the host started.",
    owner: "chain",
  },
  blvm_mempool_transactions: {
    type: "gauge",
    labels: [],
    help: "Transactions in the mempool, as the chain source told after the previous scrape; absent where it doesn't tell.",
    owner: "chain",
  },
  blvm_mempool_bytes: {
    type: "gauge",
    labels: [],
    help: "Virtual size of the transactions in the mempool, as the chain source told after the previous scrape; absent where it doesn't tell.",
    unit: "bytes",
    owner: "chain",
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;
