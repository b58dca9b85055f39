import { badFrom, type Panel } from "../panel-spec.js";
import { increase, ofHost } from "../variables.js";

export const height: Panel = {
  kind: "stat",
  title: "Height",
  description: "Height of the best block; nothing before the first block was connected.",
  unit: "none",
  queries: [{ expr: `max(blvm_chain_height{${ofHost}})`, legend: "height" }],
  width: 4,
};

export const synced: Panel = {
  kind: "stat",
  title: "Caught up",
  description:
    "Whether the chain source says that it has all blocks of its network. During the first synchronisation it has not, for hours.",
  unit: "none",
  queries: [{ expr: `min(blvm_chain_synced{${ofHost}})`, legend: "synced" }],
  width: 4,
  alerts: ["BlvmChainNotSynced"],
  steps: [
    { from: null, colour: "red" },
    { from: 1, colour: "green" },
  ],
  states: [
    { value: 0, text: "behind", colour: "red" },
    { value: 1, text: "caught up", colour: "green" },
  ],
};

export const difficulty: Panel = {
  kind: "stat",
  title: "Difficulty",
  description: "How many times harder than the easiest target the best block's target is.",
  unit: "short",
  queries: [{ expr: `max(blvm_chain_difficulty{${ofHost}})`, legend: "difficulty" }],
  width: 4,
};

export const source: Panel = {
  kind: "table",
  title: "Source",
  description: "Where the chain comes from: devnet, replay, bitcoin-core or recording.",
  unit: "none",
  queries: [{ expr: `max by (source) (blvm_chain_source_info{${ofHost}})`, legend: "{{source}}" }],
  width: 4,
};

export const reorganisations: Panel = {
  kind: "stat",
  title: "Reorganisations",
  description:
    "Switches of the best chain to another branch within the chosen time. A single stale block is ordinary.",
  unit: "short",
  queries: [
    {
      expr: `sum(increase(blvm_chain_reorganisations_total{${ofHost}}[$__range]))`,
      legend: "reorganisations",
    },
  ],
  width: 4,
};

export const heightOverTime: Panel = {
  kind: "lines",
  title: "Height over time",
  description:
    "A staircase. A step down is a reorganisation; a replay takes its blocks back before it begins anew.",
  unit: "none",
  queries: [{ expr: `max(blvm_chain_height{${ofHost}})`, legend: "height" }],
  width: 12,
};

export const connected: Panel = {
  kind: "bars",
  title: "Blocks connected",
  description: "Blocks that became part of the best chain. Many at once are a node that catches up.",
  unit: "short",
  queries: [{ expr: `sum(${increase("blvm_chain_blocks_connected_total", ofHost)})`, legend: "connected" }],
  width: 12,
};

export const disconnected: Panel = {
  kind: "lines",
  title: "Blocks disconnected within 30 minutes",
  description:
    "Blocks that left the best chain. One is a stale block. Two or more are rare enough to look at what was confirmed in them.",
  unit: "short",
  queries: [
    {
      expr: `sum(increase(blvm_chain_blocks_disconnected_total{${ofHost}}[30m]))`,
      legend: "disconnected",
    },
  ],
  width: 12,
  alerts: ["BlvmChainReorganised"],
  steps: badFrom(1.5),
};

export const lastBlockAge: Panel = {
  kind: "lines",
  title: "Time since a block",
  description:
    "A saw: it climbs until the host is told of a block. Before the first one since the start there is no line; the panel Newest block counts from the start then.",
  unit: "s",
  queries: [{ expr: `time() - max(blvm_chain_last_block_timestamp_seconds{${ofHost}})`, legend: "age" }],
  width: 12,
  alerts: ["BlvmNoBlocks"],
  steps: badFrom(5400),
};

export const mempoolTransactions: Panel = {
  kind: "lines",
  title: "Transactions in the mempool",
  description: "As the chain source told after the scrape before; no line where it doesn't tell.",
  unit: "short",
  queries: [{ expr: `max(blvm_mempool_transactions{${ofHost}})`, legend: "transactions" }],
  width: 12,
  whenEmpty: "the source doesn't tell",
};

export const mempoolBytes: Panel = {
  kind: "lines",
  title: "Size of the mempool",
  description: "Virtual size of its transactions. A block takes about a million of these bytes.",
  unit: "bytes",
  queries: [{ expr: `max(blvm_mempool_bytes{${ofHost}})`, legend: "virtual bytes" }],
  width: 12,
  whenEmpty: "the source doesn't tell",
};
