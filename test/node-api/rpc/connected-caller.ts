import type { EngineError } from "../../../src/errors.js";
import type { InvocationKind } from "../../../src/ipc/index.js";
import type { Caller } from "../../../src/node-api/index.js";

export interface Invoked {
  readonly kind: InvocationKind;
  readonly payload: unknown;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** One connection of a module that answers as the test says. */
export interface ConnectedCaller {
  readonly caller: Caller;
  readonly invoked: Invoked[];
  /** What runs at the connection's end. */
  readonly closers: readonly (() => void)[];
  close(): void;
}

export interface CallerOptions {
  readonly rpcOverrides?: readonly string[];
  /** Which connection of the module it is. */
  readonly instance?: string;
  readonly answer?: (invoked: Invoked) => unknown;
}

export function connectedCaller(
  moduleName: string,
  { rpcOverrides = [], instance = "0", answer = () => null }: CallerOptions = {},
): ConnectedCaller {
  const closers: (() => void)[] = [];
  const invoked: Invoked[] = [];
  let isClosed = false;
  return {
    invoked,
    closers,
    caller: {
      moduleName,
      moduleId: `${moduleName}_${instance.repeat(32)}`,
      capabilities: new Set(["register_rpc_endpoint"]),
      rpcOverrides,
      warnedAliases: new Set(),
      filters: { isGranted: true, subscribed: new Map() },
      subscribe() {},
      unsubscribe() {},
      async invoke(kind, payload, timeoutMs, signal) {
        const call = { kind, payload, timeoutMs, signal };
        invoked.push(call);
        return answer(call);
      },
      onClosed(run) {
        if (isClosed) run();
        else closers.push(run);
      },
    },
    close() {
      isClosed = true;
      for (const run of closers.splice(0)) run();
    },
  };
}

/** The code of what `run` throws; fails when it throws nothing. */
export function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as EngineError).code;
  }
  throw new Error("nothing was thrown");
}
