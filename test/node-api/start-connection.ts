import { randomBytes } from "node:crypto";
import type { EngineError } from "../../src/errors.js";
import { type Capability, capabilities } from "../../src/manifest/index.js";
import type { Caller, NodeApi } from "../../src/node-api/index.js";

export interface ConnectionOptions {
  /** All of them by default. */
  readonly capabilities?: readonly Capability[];
  readonly invoke?: Caller["invoke"];
}

/** One connection of a module over which several requests are asked. */
export interface Connection {
  readonly caller: Caller;
  /** Resolves with the answer, or rejects with the refusal. */
  ask(type: string, payload: object): Promise<unknown>;
  /** Resolves with the code of the refusal; undefined when it was answered. */
  codeOf(type: string, payload: object): Promise<string | undefined>;
  close(): void;
}

export function startConnection(
  api: NodeApi,
  moduleName: string,
  options: ConnectionOptions = {},
): Connection {
  const closers: (() => void)[] = [];
  const caller: Caller = {
    moduleId: `${moduleName}_${randomBytes(16).toString("hex")}`,
    moduleName,
    capabilities: new Set(options.capabilities ?? capabilities.map(({ name }) => name)),
    rpcOverrides: [],
    warnedAliases: new Set(),
    filters: { isGranted: true, subscribed: new Map() },
    subscribe: (_types, onAccepted) => onAccepted(),
    unsubscribe() {},
    invoke: options.invoke ?? (() => Promise.reject(new Error("this module serves nothing"))),
    onClosed: (run) => closers.push(run),
  };
  const gone = new AbortController();
  const { signal } = gone;
  const ask: Connection["ask"] = (type, payload) =>
    new Promise((resolve, reject) => {
      const whenRoom = (start: () => void) => start();
      api.serve({ type, payload, signal, answer: resolve, refuse: reject, whenRoom }, caller);
    });
  return {
    caller,
    ask,
    codeOf: (type, payload) =>
      ask(type, payload).then(
        () => undefined,
        (error: EngineError) => error.code,
      ),
    close() {
      gone.abort();
      for (const run of closers.splice(0)) run();
    },
  };
}
