import type { Capability } from "../../manifest/index.js";
import type { AuditEntry } from "../../requests/index.js";

/** Entries that are kept of each module. */
const MAX_ENTRIES = 1000;
/** Modules of which entries are kept; the one that was silent for longest is forgotten first. */
const MAX_MODULES = 256;

/** How often a module's requests for one capability were allowed and denied. */
export interface PermissionUse {
  allowed: number;
  denied: number;
}

interface ModuleEntries {
  /** A ring; `next` is the place of the oldest once it is full. */
  readonly ring: AuditEntry[];
  next: number;
  readonly uses: Map<Capability, PermissionUse>;
}

/** What was decided over one request. */
export interface Decision {
  readonly moduleName: string;
  readonly moduleId: string;
  readonly request: string;
  readonly capability: Capability | undefined;
  readonly isAllowed: boolean;
}

/**
 * Which requests were allowed and denied: the last 1000 of each module, so that a module that asks much hides nothing
 * of another, and counts by capability from the start of the host on. In memory only.
 */
export class AuditLog {
  readonly #modules = new Map<string, ModuleEntries>();
  readonly #now: () => number;

  /** @param now unix time in milliseconds */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  record({ moduleName, moduleId, request, capability, isAllowed }: Decision): void {
    const module = this.#entriesOf(moduleName);
    const entry: AuditEntry = {
      timestamp_ms: this.#now(),
      module_id: moduleId,
      request,
      allowed: isAllowed,
      ...(capability === undefined ? {} : { capability }),
    };
    module.ring[module.next] = entry;
    module.next = (module.next + 1) % MAX_ENTRIES;
    if (capability === undefined) return;
    let use = module.uses.get(capability);
    if (use === undefined) {
      use = { allowed: 0, denied: 0 };
      module.uses.set(capability, use);
    }
    if (isAllowed) use.allowed++;
    else use.denied++;
  }

  /** The newest entries of one module or of all, newest first. */
  entries(limit: number, moduleName?: string): AuditEntry[] {
    if (moduleName !== undefined) return newestFirst(this.#modules.get(moduleName)).slice(0, limit);
    const all = [...this.#modules.values()].flatMap(newestFirst);
    return all.sort((a, b) => b.timestamp_ms - a.timestamp_ms).slice(0, limit);
  }

  /** By capability, what a module asked for; empty for one that asked for nothing. */
  usesOf(moduleName: string): ReadonlyMap<Capability, Readonly<PermissionUse>> {
    return this.#modules.get(moduleName)?.uses ?? new Map();
  }

  get moduleNames(): readonly string[] {
    return [...this.#modules.keys()];
  }

  #entriesOf(moduleName: string): ModuleEntries {
    const known = this.#modules.get(moduleName);
    if (known !== undefined) {
      // The order of a Map is that of insertion: whoever is heard of stands last.
      this.#modules.delete(moduleName);
      this.#modules.set(moduleName, known);
      return known;
    }
    if (this.#modules.size >= MAX_MODULES) {
      const [silent] = this.#modules.keys();
      if (silent !== undefined) this.#modules.delete(silent);
    }
    const made: ModuleEntries = { ring: [], next: 0, uses: new Map() };
    this.#modules.set(moduleName, made);
    return made;
  }
}

function newestFirst(module: ModuleEntries | undefined): AuditEntry[] {
  if (module === undefined) return [];
  const { ring, next } = module;
  return [...ring.slice(next), ...ring.slice(0, next)].reverse();
}
