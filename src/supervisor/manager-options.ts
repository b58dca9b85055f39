import type { SchedulerLike } from "rxjs";
import { type DeliveryOptions, deliveryOptions, type EventBus } from "../bus/index.js";
import type { IncomingRequest, IpcOptions, TrafficBooks } from "../ipc/index.js";
import type { Logger } from "../log.js";
import type { Sandbox } from "../sandbox/index.js";
import type { LifeBooks } from "./life-books.js";
import type { ModuleInstance } from "./module-instance.js";
import type { SessionCaller } from "./module-session.js";
import { type ModuleRules, modulesOptions } from "./options.js";

/** What the host's configuration says about one module. */
export interface SettingsOfModule {
  readonly delivery: DeliveryOptions;
  readonly config: Readonly<Record<string, unknown>>;
  readonly rules?: ModuleRules | undefined;
}

/** Whose signatures count, and what is refused without them. */
export interface CodeRules {
  readonly trust: { readonly threshold: number; readonly maintainers: Readonly<Record<string, string>> };
  readonly requireSignatures: boolean;
  readonly allowDowngrade: boolean;
  /** Whether `tested_with` of a manifest only warns. Default: false. */
  readonly allowUntested?: boolean;
}

/** Whoever watches over the modules that run. Told at once, in the order of their lives. */
export interface ModuleObserver {
  /** An instance came to be; its process follows, or somebody starts one by hand. */
  began(instance: ModuleInstance): void;
  /** Resolves, after `began` and within seconds, when nothing that the process will do goes unseen; never rejects. */
  watching?(): Promise<void>;
  /** The module stopped answering, or answers again. */
  liveness(moduleName: string, isResponsive: boolean, silentMs: number): void;
  /** Before ModuleCrashed is published. */
  crashed(moduleName: string, reason: string): void;
  ended(moduleName: string): void;
  /** What the module had resident when it was looked at last, which may be just before it died. */
  lastMemoryBytes?(moduleName: string): number | undefined;
}

export interface ModuleManagerOptions {
  /** Folders whose direct subfolders are modules. */
  readonly modulesDir: string | readonly string[];
  /** One folder per module below it. */
  readonly dataDir: string;
  /** Default: inside the data directory, or a private temporary folder when that path is too long. */
  readonly socketDir?: string | undefined;
  readonly bus: EventBus;
  /** Serves the requests of modules. */
  readonly serve: (request: IncomingRequest, caller: SessionCaller) => void;
  /** A request was refused over a limit of its connection. */
  readonly onRefused?: (moduleName: string, type: string, code: string) => void;
  readonly observer?: ModuleObserver | undefined;
  readonly nodeVersion: string;
  readonly enabledModules?: readonly string[] | undefined;
  readonly disabledModules?: readonly string[];
  readonly settingsOf?: (moduleName: string) => SettingsOfModule;
  readonly code?: CodeRules;
  readonly ipc?: IpcOptions;
  readonly shutdownAckMs?: number;
  readonly stopTimeoutMs?: number;
  readonly killTimeoutMs?: number;
  /** Opens what modules are started in, when the manager starts; it is the manager's then. Default: no sandbox. */
  readonly openSandbox?: () => Promise<Sandbox>;
  /** Where it is counted what goes over the modules' connections; absent: nowhere. */
  readonly traffic?: TrafficBooks;
  /** Where it is counted how modules start and end; absent: nowhere. */
  readonly lifeBooks?: LifeBooks;
  readonly log?: Logger;
  readonly scheduler?: SchedulerLike;
}

export const defaultSettings: SettingsOfModule = { delivery: deliveryOptions.parse({}), config: {} };

const { trust, require_signatures, allow_downgrade } = modulesOptions.parse({});

export const defaultCodeRules: CodeRules = {
  trust,
  requireSignatures: require_signatures,
  allowDowngrade: allow_downgrade,
};
