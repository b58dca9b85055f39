import type { SchedulerLike } from "rxjs";
import { createDevnetSource, type DevnetSource } from "../../src/chain/devnet/devnet-source.js";
import { type DevnetOptionsInput, devnetOptions } from "../../src/chain/devnet/options.js";
import type { Logger } from "../../src/log.js";
import { silentLogger } from "../../src/log.js";

export interface DevnetToStart {
  readonly dataDir?: string;
  readonly log?: Logger;
  readonly scheduler?: SchedulerLike;
  readonly wallClockS?: () => number;
  /** Less than the options allow, so that it is full soon. */
  readonly maxStoreBytes?: number;
}

/** A devnet that isn't started: in memory and without a life of its own, unless the options say otherwise. */
export function quietDevnet(
  options: DevnetOptionsInput = {},
  { log = silentLogger, dataDir = "/nowhere", maxStoreBytes, ...dependencies }: DevnetToStart = {},
): DevnetSource {
  const parsed = devnetOptions.parse({ activity: false, persist: false, ...options });
  return createDevnetSource(
    { log, dataDir, ...dependencies },
    { ...parsed, max_store_bytes: maxStoreBytes ?? parsed.max_store_bytes },
  );
}

/** One that has started; whoever asked for it closes it. */
export async function startDevnet(
  options: DevnetOptionsInput = {},
  dependencies: DevnetToStart = {},
): Promise<DevnetSource> {
  const source = quietDevnet(options, dependencies);
  await source.start();
  return source;
}
