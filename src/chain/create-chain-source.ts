import type { SchedulerLike } from "rxjs";
import type { Logger } from "../log.js";
import { createBitcoinCoreSource } from "./bitcoin-core/bitcoin-core-source.js";
import type { BitcoinCoreOptions } from "./bitcoin-core/options.js";
import type { ChainSource } from "./chain-source.js";
import { createDevnetSource } from "./devnet/devnet-source.js";
import type { DevnetOptions } from "./devnet/options.js";
import { type ChainOptions, chainSourceNameOf } from "./options.js";
import { createReplaySource } from "./replay/replay-source.js";

export interface ChainSourceDependencies {
  readonly log: Logger;
  /** The host's; a source that keeps something keeps it in a folder below, which no module has the name of. */
  readonly dataDir: string;
  readonly scheduler?: SchedulerLike;
}

/** The sections of the configuration that are about chain sources. */
export interface ChainSourceOptions {
  readonly chain: ChainOptions;
  readonly devnet: DevnetOptions;
  readonly bitcoin_core: BitcoinCoreOptions;
}

/**
 * The source that a configuration names, but for `recording`, which the host makes itself; nothing is opened before its `start`. @throws what its options provoke
 */
export function createChainSource(
  dependencies: ChainSourceDependencies,
  { chain, devnet, bitcoin_core }: ChainSourceOptions,
): ChainSource {
  switch (chainSourceNameOf(chain)) {
    case "devnet":
      return createDevnetSource(dependencies, devnet);
    case "bitcoin-core":
      return createBitcoinCoreSource(dependencies, bitcoin_core);
    default:
      return createReplaySource(dependencies, chain);
  }
}
