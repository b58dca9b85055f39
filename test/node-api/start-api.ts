import type { EngineError } from "../../src/errors.js";
import type { EventSource, EventType } from "../../src/events/index.js";
import type { Capability } from "../../src/manifest/index.js";
import {
  bareDependencies,
  type Caller,
  createNodeApi,
  type NodeApi,
  type NodeApiDependencies,
} from "../../src/node-api/index.js";
import { recordingLog } from "../kit/process-recording-log.js";
import { ScriptedSource } from "../kit/scripted-source.js";

/** What came of a request, and everything that it did. */
export interface Served {
  readonly answers: readonly unknown[];
  readonly refusals: readonly EngineError[];
  /** Each call of something outside the API that changes anything. */
  readonly effects: readonly string[];
  readonly warnings: readonly object[];
  /** Resolves when there is an answer or a refusal. */
  readonly settled: Promise<void>;
  readonly rejectedPublishes: readonly string[];
}

export interface Asking {
  readonly capabilities?: readonly Capability[];
  readonly deps?: Partial<NodeApiDependencies>;
  /** Deprecated names that were warned of before. */
  readonly warnedAliases?: Set<EventType>;
  /** Changes to who asks. */
  readonly caller?: Partial<Caller>;
  /** The API that is asked, in place of one of its own. */
  readonly api?: NodeApi;
}

/**
 * Serves one request for a module with the given capabilities, over a ScriptedSource of its own. What came of a method that answers at once is there when
 * this returns; for others await `settled`.
 */
export function ask(type: string, payload: unknown, asking: Asking = {}): Served {
  const { capabilities = [], deps = {}, warnedAliases = new Set(), caller: changes = {} } = asking;
  const answers: unknown[] = [];
  const refusals: EngineError[] = [];
  const effects: string[] = [];
  const rejectedPublishes: string[] = [];
  const log = recordingLog();
  const api =
    asking.api ??
    createNodeApi(
      bareDependencies({
        chain: ScriptedSource.played((effect) => effects.push(effect)),
        publish(type: EventType, published: unknown, source: EventSource) {
          effects.push(`publish ${type} ${JSON.stringify(published)} ${source}`);
          return 1;
        },
        log,
        notePublishRejected: (reason) => rejectedPublishes.push(reason),
        ...deps,
      } as NodeApiDependencies),
    );
  const caller: Caller = {
    moduleId: `asking_${"0".repeat(32)}`,
    moduleName: "asking",
    capabilities: new Set(capabilities),
    rpcOverrides: [],
    warnedAliases,
    filters: { isGranted: true, subscribed: new Map() },
    subscribe(types, onAccepted, filters) {
      onAccepted();
      effects.push(
        `subscribe ${types.map((type) => (filters?.has(type) ? `${type} filtered` : type)).join(" ")}`,
      );
    },
    unsubscribe: (types) => effects.push(`unsubscribe ${types.join(" ")}`),
    invoke: () => Promise.reject(new Error("this caller serves nothing")),
    onClosed() {},
    ...changes,
  };
  const settled = new Promise<void>((resolve) => {
    // What the connection promises: the first answer counts, later ones do nothing.
    const settle = (keep: () => void) => {
      if (answers.length + refusals.length === 0) keep();
      resolve();
    };
    const request = {
      type,
      payload,
      signal: new AbortController().signal,
      answer: (answer: unknown) => settle(() => answers.push(answer)),
      refuse: (error: EngineError) => settle(() => refusals.push(error)),
      whenRoom: (start: () => void) => start(),
    };
    api.serve(request, caller);
  });
  return {
    answers,
    refusals,
    effects,
    settled,
    rejectedPublishes,
    get warnings() {
      return log.lines.filter(({ level }) => level === "warn").map(({ fields }) => fields);
    },
  };
}

/** Serves one request and resolves when it is answered or refused. */
export async function askAndWait(type: string, payload: unknown, asking: Asking = {}): Promise<Served> {
  const served = ask(type, payload, asking);
  await served.settled;
  return served;
}

/** The one refusal of a request that had no answer and no effect; fails when there was anything else. */
export function refusalOf({ answers, refusals, effects }: Served): EngineError {
  const [refusal] = refusals;
  if (answers.length > 0 || effects.length > 0 || refusals.length !== 1 || refusal === undefined) {
    throw new Error(`expected one refusal, got ${JSON.stringify({ answers, refusals, effects })}`);
  }
  return refusal;
}
