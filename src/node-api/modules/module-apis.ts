import { nearestName } from "../../events/index.js";
import type { Caller } from "../dependencies.js";
import { nodeApiErrors } from "../errors.js";

/** What one connection of a module offers to the others. */
export interface ModuleApi {
  readonly callee: Caller;
  readonly methods: ReadonlySet<string>;
  readonly version: number;
}

interface Offer extends ModuleApi {
  methods: Set<string>;
  version: number;
}

/** Names that a refusal lists, and names that are compared with a wrong one. */
const MAX_LISTED = 20;
const MAX_COMPARED = 256;

/**
 * The methods that modules offer each other, by connection: whatever a connection offers goes with it. A method that
 * several modules offer belongs to the one that offered it first; when that one leaves, to the next.
 * Bounded by the number of connections and the 256 methods of each.
 */
export class ModuleApis {
  readonly #offers = new Map<Caller, Offer>();
  readonly #byModule = new Map<string, Offer>();
  /** In the order in which the method was offered. */
  readonly #byMethod = new Map<string, Set<Offer>>();
  readonly #followed = new WeakSet<Caller>();
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Takes what a connection offers from now on, in place of what it offered before. */
  register(callee: Caller, methods: readonly string[], version: number): void {
    const offer = this.#offers.get(callee) ?? { callee, methods: new Set(), version };
    const offered = new Set(methods);
    for (const method of offer.methods) if (!offered.has(method)) this.#withdraw(offer, method);
    for (const method of offered) {
      const rivals = this.#byMethod.get(method) ?? new Set();
      this.#byMethod.set(method, rivals.add(offer));
    }
    offer.methods = offered;
    offer.version = version;
    this.#offers.set(callee, offer);
    this.#byModule.set(callee.moduleName, offer);
    this.#wake(callee.moduleName);
    if (this.#followed.has(callee)) return;
    this.#followed.add(callee);
    callee.onClosed(() => this.unregister(callee));
  }

  /** Takes back everything that a connection offers; calls that are under way go on. */
  unregister(callee: Caller): void {
    const offer = this.#offers.get(callee);
    if (offer === undefined) return;
    for (const method of offer.methods) this.#withdraw(offer, method);
    this.#offers.delete(callee);
    if (this.#byModule.get(callee.moduleName) === offer) this.#byModule.delete(callee.moduleName);
  }

  /** What a module offers by its present connection; undefined when it offers nothing. */
  of(moduleName: string): ModuleApi | undefined {
    return this.#byModule.get(moduleName);
  }

  /** Whoever offered a method first, of those that still do. @throws UNKNOWN_METHOD */
  firstWith(method: string): ModuleApi {
    const [first] = this.#byMethod.get(method) ?? [];
    if (first === undefined) throw unknownMethod(undefined, method, this.#byMethod.keys());
    return first;
  }

  /** A module's own method. @throws UNKNOWN_METHOD */
  require(moduleName: string, method: string): ModuleApi {
    const offer = this.#byModule.get(moduleName);
    if (offer?.methods.has(method) === true) return offer;
    throw unknownMethod(moduleName, method, offer?.methods ?? []);
  }

  /** Resolves when the module offers the method, or the signal is aborted. */
  async untilOffered(moduleName: string, method: string, signal: AbortSignal): Promise<void> {
    while (this.of(moduleName)?.methods.has(method) !== true && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const waiting = this.#waiting.get(moduleName) ?? new Set();
        const done = () => {
          waiting.delete(done);
          signal.removeEventListener("abort", done);
          if (waiting.size === 0) this.#waiting.delete(moduleName);
          resolve();
        };
        this.#waiting.set(moduleName, waiting.add(done));
        signal.addEventListener("abort", done, { once: true });
      });
    }
  }

  #withdraw(offer: Offer, method: string): void {
    const rivals = this.#byMethod.get(method);
    rivals?.delete(offer);
    if (rivals?.size === 0) this.#byMethod.delete(method);
  }

  #wake(moduleName: string): void {
    for (const done of [...(this.#waiting.get(moduleName) ?? [])]) done();
  }
}

function unknownMethod(module: string | undefined, method: string, offered: Iterable<string>) {
  const names: string[] = [];
  for (const name of offered) if (names.push(name) === MAX_COMPARED) break;
  return nodeApiErrors.UNKNOWN_METHOD({
    module,
    method,
    nearest: nearestName(method, names),
    offered: names.slice(0, MAX_LISTED),
  });
}
