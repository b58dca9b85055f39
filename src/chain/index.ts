export type { Block, BlockHeader } from "./block/block.js";
export { coinbaseHeight } from "./block/coinbase-height.js";
export { blockHashOf, type Decoded, decodeBlock, decodeHeader, decodeTransaction } from "./block/decode.js";
export { parseBlock } from "./block/parse-block.js";
export { difficultyOfBits, workOfBits } from "./block/proof-of-work.js";
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
export type { ChainRpcMethod, ChainRpcMethods } from "./chain-rpc.js";
export type { ScenarioProgress, ScenarioStage } from "./chain-scenarios.js";
export type { ChainEvent, ChainInfo, ChainSource, ChainTip } from "./chain-source.js";
export {
  type ChainSourceDependencies,
  type ChainSourceOptions,
  createChainSource,
} from "./create-chain-source.js";
export { exportBlocks, refusedBlocks } from "./devnet/export/export-blocks.js";
export { parseScenario } from "./devnet/life/parse-scenario.js";
export { readScenarioFile } from "./devnet/life/read-scenario-file.js";
export { readDevnetStore } from "./devnet/store/read-devnet-store.js";
export { devnetStorePath } from "./devnet/store/store-place.js";
export { chainErrors } from "./errors.js";
export {
  bitcoinCoreOptions,
  type ChainOptions,
  type ChainOptionsInput,
  chainOptions,
  devnetOptions,
} from "./options.js";
export { createReplaySource, type ReplaySource } from "./replay/replay-source.js";
