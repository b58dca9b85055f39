import { ipcErrors } from "../../ipc/index.js";
import type { Caller } from "../dependencies.js";
import { nodeApiErrors } from "../errors.js";

interface Claim<Held> {
  readonly caller: Caller;
  readonly held: Held;
}

export interface ClaimsOptions {
  /** What the names are, as in "JSON-RPC method". */
  readonly what: string;
  readonly maxPerModule: number;
}

/**
 * Names that modules hold, each by one connection at a time. The first one to claim a name has it until it lets go or
 * its connection closes; a new instance of the same module takes over what its predecessor still holds.
 */
export class Claims<Held> {
  readonly #options: ClaimsOptions;
  readonly #claims = new Map<string, Claim<Held>>();
  /** What each connection holds; a connection that ever held something stays here until it closes. */
  readonly #names = new Map<Caller, Set<string>>();

  constructor(options: ClaimsOptions) {
    this.#options = options;
  }

  get(name: string): Held | undefined {
    return this.#claims.get(name)?.held;
  }

  /** In the order of the claims. */
  all(): readonly Held[] {
    return [...this.#claims.values()].map(({ held }) => held);
  }

  /** @throws NAME_TAKEN, LIMIT */
  claim(caller: Caller, name: string, held: Held): void {
    const { what, maxPerModule: limit } = this.#options;
    const holder = this.#claims.get(name)?.caller;
    if (holder !== undefined && !isSuccessor(caller, holder))
      throw nodeApiErrors.NAME_TAKEN({ what, name, holder: ownerText(holder, caller) });
    const known = this.#names.get(caller);
    const names = known ?? new Set();
    if (names.size >= limit)
      throw ipcErrors.LIMIT({ what: `number of ${what}s`, found: names.size + 1, limit });
    if (holder !== undefined) this.#names.get(holder)?.delete(name);
    this.#claims.set(name, { caller, held });
    names.add(name);
    if (known !== undefined) return;
    this.#names.set(caller, names);
    // Last, because it runs at once when the connection is closed already.
    caller.onClosed(() => this.#forget(caller));
  }

  /** @throws NOT_OWNER */
  release(caller: Caller, name: string): void {
    const holder = this.#claims.get(name)?.caller;
    if (holder?.moduleId !== caller.moduleId) {
      const owner = holder === undefined ? "nobody" : ownerText(holder, caller);
      throw nodeApiErrors.NOT_OWNER({ what: this.#options.what, name: name.slice(0, 128), owner });
    }
    this.#claims.delete(name);
    this.#names.get(holder)?.delete(name);
  }

  #forget(caller: Caller): void {
    for (const name of this.#names.get(caller) ?? []) this.#claims.delete(name);
    this.#names.delete(caller);
  }
}

function isSuccessor(caller: Caller, holder: Caller): boolean {
  return caller.moduleName === holder.moduleName && caller.moduleId !== holder.moduleId;
}

function ownerText(holder: Caller, caller: Caller): string {
  return holder.moduleId === caller.moduleId ? "this module already" : `module ${holder.moduleName}`;
}
