export type { Block, BlockHeader } from "./block/block.js";
export { blockHashOf, type Decoded, decodeBlock, decodeHeader, decodeTransaction } from "./block/decode.js";
export type { Transaction } from "./block/transaction.js";
export type {
  ChainQueries,
  Denylist,
  LightningRecord,
  MempoolSizeRecord,
  NetworkStatsRecord,
  PaymentRecord,
  PeerAddress,
  PeerRecord,
  SendOutcome,
  SubmitOutcome,
  SyncStatusRecord,
  TemplateRecord,
  TemplateRequest,
  UtxoRecord,
} from "./chain-queries.js";
export type { ChainEvent, ChainInfo, ChainSource, ChainTip } from "./chain-source.js";
export { type ChainOptions, type ChainOptionsInput, chainOptions } from "./options.js";
export { createReplaySource, type ReplayDependencies, type ReplaySource } from "./replay/replay-source.js";
