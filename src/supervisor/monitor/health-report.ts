import type { DiskReading } from "./disk-watch.js";
import type { ModuleHealth } from "./module-health.js";

/** One module as the report shows it. */
export interface ReportedModule {
  readonly name: string;
  readonly health: ModuleHealth;
  /** The word of its life's state, where somebody knows it. */
  readonly state?: string;
}

/** What the node finds when it examines itself. */
export interface NodeFindings {
  readonly modules: readonly ReportedModule[];
  readonly disk: DiskReading | undefined;
  /** 99th percentile since the last examination, milliseconds. */
  readonly eventLoopLagMs: number;
}

const MAX_MODULES = 256;
const MAX_REASON_CHARS = 200;
/** Timers that are a second late are felt by every module. */
const MAX_LAG_MS = 1000;

/** True when every part is healthy: each module, the disk, and this process itself. */
export function isNodeHealthy({ modules, disk, eventLoopLagMs }: NodeFindings): boolean {
  const areModulesHealthy = modules.every(({ health }) => health.state === "healthy");
  return areModulesHealthy && disk?.isLow !== true && eventLoopLagMs <= MAX_LAG_MS;
}

/** The findings as JSON text. Of many modules the first 256 are in it, those that are not healthy before the others. */
export function healthReport({ modules, disk, eventLoopLagMs }: NodeFindings): string {
  const isIll = ({ health }: ReportedModule) => Number(health.state !== "healthy");
  const shown = modules.toSorted((a, b) => isIll(b) - isIll(a)).slice(0, MAX_MODULES);
  const left = modules.length - shown.length;
  return JSON.stringify({
    modules: Object.fromEntries(shown.map((module) => [module.name, moduleReport(module)])),
    ...(left === 0 ? {} : { modules_left_out: left }),
    disk:
      disk === undefined
        ? null
        : {
            available_bytes: disk.availableBytes,
            total_bytes: disk.totalBytes,
            percent_free: Math.round(disk.percentFree * 100) / 100,
            is_low: disk.isLow,
          },
    event_loop_lag_ms: eventLoopLagMs,
  });
}

function moduleReport({ health, state }: ReportedModule): Record<string, string> {
  return {
    ...(state === undefined ? {} : { state }),
    health: health.state,
    ...("reason" in health ? { reason: health.reason.slice(0, MAX_REASON_CHARS) } : {}),
  };
}
