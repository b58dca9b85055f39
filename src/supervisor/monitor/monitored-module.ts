import type { LimitsOptions } from "../options.js";
import type { ModuleHealth } from "./module-health.js";
import type { ResourceFigures } from "./module-use.js";
import type { DeliveryReading } from "./slow-watch.js";

/** A module as the monitor needs to know it; the functions are called at each tick. */
export interface MonitoredModule {
  readonly name: string;
  /** Undefined while there is no process, and for one that was started by hand. */
  readonly pid: () => number | undefined;
  readonly dataDir: string;
  readonly limits: LimitsOptions;
  readonly onUnresponsive: "report" | "kill";
  /** What became of its events; while it loses some, it is slow. */
  readonly delivery?: () => DeliveryReading;
  /** Asks it how it is, without waiting; at each health check. */
  readonly askHealth?: () => void;
  /** The word of its life's state, for the health report. */
  readonly state?: () => string;
}

/** What a module uses now, and how it is. */
export interface ModuleFigures extends ResourceFigures {
  readonly health: ModuleHealth;
  /** What it may have resident. */
  readonly memoryLimitBytes: number;
}
