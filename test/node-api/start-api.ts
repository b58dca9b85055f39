import type { EngineError } from "../../src/errors.js";
import type { EventSource, EventType } from "../../src/events/index.js";
import type { Capability } from "../../src/manifest/index.js";
import { type Caller, createNodeApi, type NodeApiDependencies } from "../../src/node-api/index.js";
import { scriptedChain } from "../kit/ipc-host.js";

/** What came of a request, and everything that it did. */
export interface Served {
  readonly answers: readonly unknown[];
  readonly refusals: readonly EngineError[];
  /** Thrown instead of answered; the connection turns it into a refusal. */
  readonly thrown: unknown;
  /** Each call of something outside the API that changes anything. */
  readonly effects: readonly string[];
  readonly warnings: readonly object[];
  readonly rejectedPublishes: readonly string[];
}

export interface Asking {
  readonly capabilities?: readonly Capability[];
  readonly deps?: Partial<NodeApiDependencies>;
  /** Deprecated names that were warned of before. */
  readonly warnedAliases?: Set<EventType>;
}

/** Serves one request for a module with the given capabilities. */
export function ask(
  type: string,
  payload: unknown,
  { capabilities = [], deps = {}, warnedAliases = new Set() }: Asking = {},
): Served {
  const answers: unknown[] = [];
  const refusals: EngineError[] = [];
  const effects: string[] = [];
  const warnings: object[] = [];
  const rejectedPublishes: string[] = [];
  const serve = createNodeApi({
    chain: scriptedChain,
    publish(type: EventType, published: unknown, source: EventSource) {
      effects.push(`publish ${type} ${JSON.stringify(published)} ${source}`);
      return 1;
    },
    loadedModules: () => [],
    warn: (fields) => warnings.push(fields),
    notePublishRejected: (reason) => rejectedPublishes.push(reason),
    ...deps,
  } as NodeApiDependencies);
  const caller: Caller = {
    moduleId: `asking_${"0".repeat(32)}`,
    moduleName: "asking",
    capabilities: new Set(capabilities),
    warnedAliases,
    subscribe(types, onAccepted) {
      onAccepted();
      effects.push(`subscribe ${types.join(" ")}`);
    },
    unsubscribe: (types) => effects.push(`unsubscribe ${types.join(" ")}`),
  };
  let thrown: unknown;
  try {
    const request = {
      type,
      payload,
      signal: new AbortController().signal,
      answer: (answer: unknown) => answers.push(answer),
      refuse: (error: EngineError) => refusals.push(error),
    };
    serve(request, caller);
  } catch (error) {
    thrown = error;
  }
  return { answers, refusals, thrown, effects, warnings, rejectedPublishes };
}

/** The one refusal of a request that had no answer and no effect; fails when there was anything else. */
export function refusalOf(served: Served): EngineError {
  const { answers, refusals, thrown, effects } = served;
  const all = thrown === undefined ? refusals : [...refusals, thrown as EngineError];
  if (answers.length > 0 || effects.length > 0 || all.length !== 1) {
    throw new Error(`not simply refused: ${JSON.stringify({ answers, effects, all })}`);
  }
  return all[0] as EngineError;
}
