import { ipcErrors } from "../../ipc/index.js";
import type { Caller } from "../dependencies.js";

/** One call that a module serves now. */
export interface OpenCall {
  readonly callId: number;
  readonly callee: Caller;
  readonly from: Caller;
  /** 1 for a call that was made in nobody's service, one more for each that it is inside of. */
  readonly depth: number;
  /** On the monotonic clock. */
  readonly dueAtMs: number;
}

/** Calls that one module may be serving, and those of them that one caller may have made. */
const MAX_OF_CALLEE = 256;
const MAX_OF_PAIR = 64;

/** The calls that modules serve now, by the connection that serves them. Ids count up from 1 and never come again. */
export class OpenCalls {
  readonly #byCallee = new Map<Caller, Map<number, OpenCall>>();
  #lastId = 0;

  /** @throws LIMIT, retryable, when the callee is busy enough, all told or for this caller */
  open(callee: Caller, from: Caller, depth: number, dueAtMs: number): OpenCall {
    const served = this.#byCallee.get(callee) ?? new Map<number, OpenCall>();
    requireRoom(`number of calls that ${callee.moduleName} serves`, served.size, MAX_OF_CALLEE);
    let ofPair = 0;
    for (const call of served.values()) if (call.from === from) ofPair++;
    requireRoom(
      `number of calls that ${callee.moduleName} serves for ${from.moduleName}`,
      ofPair,
      MAX_OF_PAIR,
    );
    this.#lastId++;
    const call = { callId: this.#lastId, callee, from, depth, dueAtMs };
    this.#byCallee.set(callee, served.set(call.callId, call));
    return call;
  }

  close({ callee, callId }: OpenCall): void {
    const served = this.#byCallee.get(callee);
    served?.delete(callId);
    if (served?.size === 0) this.#byCallee.delete(callee);
  }

  /** A call that this very connection serves; undefined for a call of another, or one that is over. */
  find(callee: Caller, callId: number): OpenCall | undefined {
    return this.#byCallee.get(callee)?.get(callId);
  }

  /** The greatest depth among the calls that a connection serves; 0 when it serves none. */
  deepestOf(callee: Caller): number {
    let deepest = 0;
    for (const { depth } of this.#byCallee.get(callee)?.values() ?? []) deepest = Math.max(deepest, depth);
    return deepest;
  }
}

function requireRoom(what: string, open: number, limit: number): void {
  if (open >= limit) throw ipcErrors.LIMIT({ what, found: open + 1, limit }, { retryable: true });
}
