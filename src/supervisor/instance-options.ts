import type { SchedulerLike } from "rxjs";
import type { DeliveryOptions, ModulePipeline } from "../bus/index.js";
import type { IpcOptions, TrafficBooks } from "../ipc/index.js";
import type { Logger } from "../log.js";
import type { ModuleConfig } from "../manifest/index.js";
import type { LaunchGrants, LaunchLimits, Sandbox, SandboxMode } from "../sandbox/index.js";
import type { Guardian } from "./guardian.js";
import type { ModuleCode } from "./module-code.js";
import type { SessionDependencies } from "./module-session.js";

export type InstanceState = "Initializing" | "Running" | "Stopping" | "Stopped" | "Error" | "attached";
export type StopReason = "shutdown" | "unload" | "reload" | "dependency";

/** How an instance ended: in words, and whether the host had asked for it. */
export interface InstanceEnd {
  readonly reason: string;
  readonly wasAsked: boolean;
  /** Ended by itself and not with exit code 0. */
  readonly isCrash: boolean;
  /** A limit of the system ended it, as far as can be told. */
  readonly hitLimit?: boolean;
}

export interface InstanceDependencies extends Omit<SessionDependencies, "logLimiter" | "log"> {
  readonly log: Logger;
  readonly scheduler: SchedulerLike;
  readonly sandbox: Sandbox;
  readonly guardian: Guardian | undefined;
  readonly traffic?: TrafficBooks | undefined;
  /** What the module had resident when it was looked at last; undefined when it never was. */
  readonly lastMemoryBytes: (moduleName: string) => number | undefined;
  /** Resolves when a process is watched from its first moment on; never rejects. */
  readonly watching: () => Promise<void>;
  /** The process was started. */
  readonly onStarted: (moduleName: string) => void;
}

/** On which terms a module is started: what it may use, what it may do, how strict its sandbox is. */
export interface LaunchTerms {
  readonly limits: LaunchLimits;
  readonly grants: LaunchGrants;
  readonly mode: SandboxMode;
}

export interface InstanceOptions extends ModuleCode {
  readonly terms: LaunchTerms;
  /** What the predecessor of a reload left for this instance. */
  readonly heldPipeline?: ModulePipeline | undefined;
  readonly dataDir: string;
  readonly socketDir: string;
  readonly ipc: IpcOptions;
  readonly delivery: DeliveryOptions;
  readonly config: ModuleConfig;
  readonly nodeVersion: string;
  readonly stopTimeoutMs: number;
  readonly killTimeoutMs: number;
}
