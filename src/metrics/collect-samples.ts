import type { TrafficBooks } from "../ipc/index.js";
import type { SandboxReport } from "../sandbox/index.js";
import type { StreamStatus } from "../streams/index.js";
import type { ModuleLabels } from "./module-labels.js";
import type { SampleTable } from "./sample-table.js";
import { addBus, type BusSources } from "./samples/bus.js";
import { addChain, type ChainStatus } from "./samples/chain.js";
import { addIpc } from "./samples/ipc.js";
import { addModules, type ModuleSources } from "./samples/modules.js";
import { addRequests, type RequestSources } from "./samples/requests.js";
import { addSandbox } from "./samples/sandbox.js";
import { addStream } from "./samples/streams.js";

/** What came of readings of the configuration file; times in milliseconds since 1970. */
export interface ConfigReloadCounts {
  readonly applied: number;
  readonly unchanged: number;
  readonly failed: number;
  readonly lastSuccessAtMs: number;
}

/** Whose numbers are shown; what is absent makes no lines. */
export interface SampleSources extends BusSources, ModuleSources, RequestSources {
  readonly traffic?: TrafficBooks;
  readonly chain?: () => ChainStatus;
  readonly configReloads?: () => ConfigReloadCounts;
  readonly streams?: () => Iterable<StreamStatus>;
  /** Undefined while it isn't known. */
  readonly sandbox?: () => SandboxReport | undefined;
  readonly version: string;
}

/**
 * Reads every number once, in one synchronous pass: nothing is published or acknowledged in between,
 * so that the books balance within a scrape.
 */
export function collectSamples(into: SampleTable, sources: SampleSources, moduleLabels: ModuleLabels): void {
  into.add("blvm_build_info", [sources.version, process.versions.node], 1);
  const reloads = sources.configReloads?.();
  if (reloads !== undefined) addReloads(into, reloads);
  addBus(into, sources, moduleLabels);
  addModules(into, sources, moduleLabels);
  addRequests(into, sources, moduleLabels);
  if (sources.traffic !== undefined) addIpc(into, sources.traffic, moduleLabels);
  const chain = sources.chain?.();
  if (chain !== undefined) addChain(into, chain);
  addSandbox(into, sources.sandbox?.());
  for (const status of sources.streams?.() ?? []) addStream(into, status);
}

function addReloads(into: SampleTable, reloads: ConfigReloadCounts): void {
  for (const outcome of ["applied", "unchanged", "failed"] as const) {
    into.add("blvm_config_reloads_total", [outcome], reloads[outcome]);
  }
  into.add("blvm_config_last_reload_success_timestamp_seconds", [], reloads.lastSuccessAtMs / 1000);
}
