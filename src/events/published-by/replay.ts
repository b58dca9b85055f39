import type { Publications } from "./publication.js";

/** What chain source `replay` publishes. */
export const publishedByReplay = {
  NewBlock: "A block of the files was connected.",
  NewTransaction: "A transaction of the next block is announced, ahead of the block.",
  BlockDisconnected: "A competing block lost, or another chain begins.",
  ChainReorg: "The block of the files replaced the competing one.",
  BlockValidationStarted: "Before each block of the files.",
  BlockValidationCompleted:
    "After each block was read and checked for proof of work, merkle root and witnesses.",
  SyncStateChanged: "A chain begins or is left for another.",
  MempoolTransactionAdded: "A transaction of the next block, at the block's mean fee rate.",
  MempoolTransactionRemoved: "The block with the transaction was connected.",
} as const satisfies Publications;
