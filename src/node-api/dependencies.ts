import type { SchedulerLike } from "rxjs";
import type { EventFilter } from "../bus/index.js";
import type { ChainSource } from "../chain/index.js";
import type { EventPayload, EventSource, EventType } from "../events/index.js";
import type { InvocationKind } from "../ipc/index.js";
import type { Logger } from "../log.js";
import type { Capability } from "../manifest/index.js";
import type { GivenAnswer, ModuleHealth, ReportedHealth } from "../requests/index.js";
import type { FilterAllowances } from "./filter-allowance.js";

/** What a further SubscribeEvents of one connection is checked against. */
export interface CallerFilters {
  /** The feature was granted in the handshake. */
  readonly isGranted: boolean;
  /** Every type that the connection is subscribed to, with its filter where it has one. */
  readonly subscribed: Map<EventType, string | undefined>;
  /** What its filters may cost; made with the first one. */
  allowances?: FilterAllowances;
}

/**
 * The module on whose behalf a request is served: one connection of it. What it registers goes with the connection.
 * Its capabilities and overrides are those of its manifest at load.
 */
export interface Caller {
  readonly moduleId: string;
  readonly moduleName: string;
  readonly capabilities: ReadonlySet<Capability>;
  /** Methods of the node that its manifest says it answers. */
  readonly rpcOverrides: readonly string[];
  /** Deprecated names that the log already warned of for this connection. */
  readonly warnedAliases: Set<EventType>;
  readonly filters: CallerFilters;
  /**
   * Adds types to the caller's subscription, some with a filter; `onAccepted` runs just before the first event can
   * follow.
   */
  subscribe(
    types: readonly EventType[],
    onAccepted: () => void,
    filters?: ReadonlyMap<EventType, EventFilter>,
  ): void;
  unsubscribe(types: readonly EventType[]): void;
  /** Asks the module for something. @throws DEADLINE, CONNECTION_CLOSED, the module's own error */
  invoke(kind: InvocationKind, payload: unknown, timeoutMs: number, signal?: AbortSignal): Promise<unknown>;
  /** Runs once, when the connection closes; at once when it is closed. */
  onClosed(run: () => void): void;
}

/** A module as DiscoverModules shows it (spec record ModuleInfo). */
export type ModuleInfoRecord = GivenAnswer<"DiscoverModules">[number];

/** What the API reaches of the other modules; the host lends it. Names are module names. */
export interface ModuleDirectory {
  /** The loaded modules, in load order. */
  loaded(): readonly ModuleInfoRecord[];
  /** One that is installed, loaded or not, by name or id; undefined when there is none. */
  find(nameOrId: string): Promise<ModuleInfoRecord | undefined>;
  /** Why it can't be called now, in words: its state, its health, or that of what it needs. Undefined when it can. */
  problemOf(name: string): string | undefined;
  /** Loads one that is loaded on demand; others are left as they are. @throws what loading throws */
  ensureLoaded(name: string): Promise<void>;
  healthOf(name: string): ModuleHealth | undefined;
  reportHealth(name: string, health: ReportedHealth): void;
}

/** A host without processes: nobody is loaded, nobody can be called. */
export const noModules: ModuleDirectory = {
  loaded: () => [],
  find: async () => undefined,
  problemOf: () => "this host loads no modules",
  ensureLoaded: async () => {},
  healthOf: () => undefined,
  reportHealth() {},
};

/** The chain as the API's methods see it. */
export type ChainView = Pick<ChainSource, "name" | "tip" | "chainInfo" | "queries" | "rpc">;

/** How much a module may keep. */
export interface KeepingLimits {
  /** Keys and values of all trees. */
  readonly storageBytes: number;
  /** Files below its data directory, its trees not counted. */
  readonly fileBytes: number;
  /** Files and directories below its data directory. */
  readonly inodes: number;
}

/** What the methods reach of the host; each is borrowed. */
export interface NodeApiDependencies {
  readonly chain: ChainView;
  readonly publish: <T extends EventType>(type: T, payload: EventPayload<T>, source: EventSource) => number;
  readonly modules: ModuleDirectory;
  /** A module's own directory, which exists while the module is connected; undefined in a host without folders. */
  readonly dataDirOf: (moduleName: string) => string | undefined;
  readonly limitsOf: (moduleName: string) => KeepingLimits;
  /** A publish was refused before the bus: for the metric of that name. */
  readonly notePublishRejected: (reason: "permission" | "schema" | "rate") => void;
  /** Names of lines at /metrics that the host makes itself. */
  readonly reservedMetricNames: ReadonlySet<string>;
  readonly log: Logger;
  readonly scheduler?: SchedulerLike;
}
