import type { z } from "zod";
import type { EventPayload, EventSource, EventType } from "../events/index.js";
import type { Capability } from "../manifest/index.js";

/** The module on whose behalf a request is served. Its capabilities are those of its manifest at load. */
export interface Caller {
  readonly moduleId: string;
  readonly moduleName: string;
  readonly capabilities: ReadonlySet<Capability>;
  /** Deprecated names that the log already warned of for this connection. */
  readonly warnedAliases: Set<EventType>;
  /** Adds types to the caller's subscription; `onAccepted` runs just before the first event can follow. */
  subscribe(types: readonly EventType[], onAccepted: () => void): void;
  unsubscribe(types: readonly EventType[]): void;
}

/** A module as DiscoverModules shows it (spec record ModuleInfo). */
export interface ModuleInfoRecord {
  readonly module_id: string;
  readonly module_name: string;
  readonly version: string;
  readonly capabilities: readonly string[];
  readonly status: string | { readonly Error: string };
  readonly api_version: number;
}

/** The chain as the API's methods see it. */
export interface ChainView {
  readonly name: string;
  tip(): { readonly hash: string; readonly heightBlocks: number } | undefined;
  chainInfo(): unknown;
}

/** What the methods reach of the host; each is borrowed. */
export interface NodeApiDependencies {
  readonly chain: ChainView;
  readonly publish: <T extends EventType>(type: T, payload: EventPayload<T>, source: EventSource) => number;
  readonly loadedModules: () => readonly ModuleInfoRecord[];
  readonly warn: (fields: object, message: string) => void;
  /** A publish was refused before the bus: for the metric of that name. */
  readonly notePublishRejected: (reason: "permission" | "schema" | "rate") => void;
}

export interface MethodCall<Input> {
  readonly input: Input;
  readonly caller: Caller;
  readonly deps: NodeApiDependencies;
  readonly signal: AbortSignal;
}

/**
 * One request of the protocol: what it needs, what it takes, what it does.
 * `run` returns the answer or throws an EngineError to refuse. A method whose answer must precede its effect calls
 * `answerNow` itself and returns undefined.
 */
export interface Method<Schema extends z.ZodType = z.ZodType> {
  readonly permission: Capability;
  readonly input: Schema;
  readonly run: (call: MethodCall<z.output<Schema>>, answerNow: (payload: unknown) => void) => unknown;
}

export function method<Schema extends z.ZodType>(definition: Method<Schema>): Method {
  return definition as unknown as Method;
}
