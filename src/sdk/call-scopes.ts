import { AsyncLocalStorage } from "node:async_hooks";
import type { SchedulerLike } from "rxjs";
import { deadline } from "../clock.js";
import { ipcErrors } from "../ipc/index.js";
import type { ModuleClient, RequestOptions } from "./module-client.js";

/** A call from another module while it is served. */
interface Scope {
  readonly callId: number;
  readonly deadlineMs: number;
  readonly abort: AbortController;
  /** `over`: nobody waits for the answer any more, and the handler still runs. */
  state: "open" | "over" | "done";
}

/** The host's time for a call that names none, and what it takes to hear of its end. */
const DEFAULT_CALL_MS = 5000;
const HEARING_MS = 5000;

/**
 * Knows in the service of which call a piece of code runs, also behind awaits and timers, so that the calls that it
 * makes itself inherit the deadline and count as inside of that one. What goes on after the handler has ended is in
 * nobody's service.
 */
export class CallScopes {
  readonly #scheduler: SchedulerLike;
  readonly #storage = new AsyncLocalStorage<Scope>();
  readonly #open = new Set<Scope>();

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  /** Runs a handler; its signal is aborted when the time is up or nobody can be answered any more. */
  async run<Result>(
    callId: number,
    deadlineMs: number,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const scope: Scope = { callId, deadlineMs, abort: new AbortController(), state: "open" };
    this.#open.add(scope);
    const timer = deadline(this.#scheduler, deadlineMs, () => endNow(scope));
    try {
      return await this.#storage.run(scope, () => work(scope.abort.signal));
    } finally {
      timer.unsubscribe();
      this.#open.delete(scope);
      scope.state = "done";
    }
  }

  /** The connection is lost: nobody waits for what is served now. */
  endAll(): void {
    for (const scope of this.#open) endNow(scope);
  }

  /** Lets the calls that go through a client say in whose service they are made, and wait as long as they may take. */
  within(client: Pick<ModuleClient, "request">): Pick<ModuleClient, "request"> {
    return {
      request: async (type, payload, options) => {
        if (type !== "CallModule") return client.request(type, payload, options);
        const call = payload as { readonly timeout_ms?: number };
        return client.request(type, { ...this.#service(), ...call }, waitFor(call.timeout_ms, options));
      },
    };
  }

  /** @throws DEADLINE in the service of a call whose time is up */
  #service(): { readonly within_call: number } {
    const scope = this.#storage.getStore();
    // The host must not take it for a part of what this module serves at the moment.
    if (scope === undefined || scope.state === "done") return { within_call: 0 };
    if (scope.state === "open") return { within_call: scope.callId };
    throw ipcErrors.DEADLINE({
      call: `the call ${scope.callId} that this serves`,
      timeoutMs: scope.deadlineMs,
    });
  }
}

function endNow(scope: Scope): void {
  if (scope.state !== "open") return;
  scope.state = "over";
  scope.abort.abort();
}

function waitFor(timeoutMs: number | undefined, options: RequestOptions | undefined): RequestOptions {
  return { timeoutMs: (timeoutMs ?? DEFAULT_CALL_MS) + HEARING_MS, ...options };
}
