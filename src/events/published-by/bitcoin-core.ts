import type { Publications } from "./publication.js";

/** What chain source `bitcoin-core` publishes: what a node tells by RPC and ZMQ, each thing once. */
export const publishedByBitcoinCore = {
  NewBlock: "The node connected a block to its best chain.",
  NewTransaction: "A transaction entered the node's mempool for the first time.",
  BlockDisconnected: "The node took a block off its best chain, tip first.",
  ChainReorg: "The node's best chain switched to another branch, after its last BlockDisconnected.",
  BlockTemplateUpdated: "getblocktemplate's long poll answered with another template.",
  MiningDifficultyChanged: "A block has other bits than its parent.",
  DifficultyAdjusted: "The first block of a period of 2,016 has other bits than its parent.",
  PeerConnected: "getpeerinfo lists a peer that it didn't list before.",
  PeerDisconnected:
    "getpeerinfo no longer lists a peer; reason ban or timeout where the lists tell so, else error, for Core names none.",
  PeerBanned: "listbanned lists an address that it didn't list before.",
  PeerUnbanned: "listbanned no longer lists an address, also because its time was over.",
  SoftForkActivated: "getdeploymentinfo shows a deployment as active that wasn't.",
  SoftForkLockedIn: "getdeploymentinfo shows a deployment as locked in that wasn't.",
  HeadersSyncStarted: "In its initial download, the node is 2,000 headers or more behind its peers.",
  HeadersSyncProgress: "While headers come.",
  HeadersSyncCompleted: "The node has all headers that its peers have.",
  BlockSyncStarted: "In its initial download, the node lacks blocks whose headers it has.",
  BlockSyncProgress: "While blocks of the initial download come.",
  BlockSyncCompleted: "The initial block download has ended.",
  SyncStateChanged: "The node's state changed as getblockchaininfo tells it, or it can't be reached.",
  MempoolTransactionAdded: "A transaction entered the node's mempool.",
  MempoolTransactionRemoved: "A transaction left the node's mempool, with the reason.",
  MempoolThresholdExceeded:
    "The node's mempool filled beyond four fifths of its limit; again only after it was below.",
  FeeRateChanged: "estimatesmartfee for the next block changed by more than a tenth.",
} as const satisfies Publications;
