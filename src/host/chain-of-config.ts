import { type ChainSource, type ChainSourceDependencies, createChainSource } from "../chain/index.js";
import type { Config } from "../config.js";
import { createRecordingSource } from "../recordings/index.js";

/** The chain source that the configuration means; nothing is opened before its `start`. @throws what it provokes */
export function chainOfConfig(dependencies: ChainSourceDependencies, config: Config): ChainSource {
  if (config.chain.source === "recording") return createRecordingSource(dependencies, config.recording);
  return createChainSource(dependencies, config);
}
