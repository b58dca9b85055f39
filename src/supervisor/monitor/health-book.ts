import type { Logger } from "../../log.js";
import { type HealthSigns, healthWord, judgeHealth, type ModuleHealth } from "./module-health.js";
import type { Publish } from "./publish.js";

export interface HealthBookDependencies {
  readonly publish: Publish;
  readonly log: Logger;
  /** Ends a module that fell silent and whose operator wants that. */
  readonly kill: (moduleName: string, reason: string) => void;
}

interface Entry {
  onUnresponsive: "report" | "kill";
  signs: HealthSigns;
  /** Each kind of complaint with its present wording. */
  readonly complaints: Map<string, string>;
  health: ModuleHealth;
}

const NO_SIGNS: HealthSigns = {
  crashReason: undefined,
  silentMs: undefined,
  ownWord: undefined,
  complaints: [],
};

/**
 * The health of each module, from what others notice. It publishes ModuleHealthChanged when the event's word changes, once per
 * change, and before it acts on it. A crash is final until the module is watched anew. Unknown names are ignored.
 */
export class HealthBook {
  readonly #deps: HealthBookDependencies;
  readonly #entries = new Map<string, Entry>();

  constructor(deps: HealthBookDependencies) {
    this.#deps = deps;
  }

  /** Begins healthy; a module that was not, and was not forgotten either, turns healthy with an event. */
  watch(moduleName: string, onUnresponsive: "report" | "kill"): void {
    const entry = this.#entries.get(moduleName);
    if (entry === undefined) {
      const health = judgeHealth(NO_SIGNS);
      this.#entries.set(moduleName, { onUnresponsive, signs: NO_SIGNS, complaints: new Map(), health });
      return;
    }
    entry.onUnresponsive = onUnresponsive;
    entry.complaints.clear();
    this.#take(moduleName, entry, NO_SIGNS);
  }

  /** Whether the module answers its pings. */
  noteLiveness(moduleName: string, isResponsive: boolean, silentMs: number): void {
    this.#note(moduleName, (signs) => ({ ...signs, silentMs: isResponsive ? undefined : silentMs }));
  }

  /** Files a complaint of a kind, rewords it, or takes it back. */
  noteComplaint(moduleName: string, kind: string, wording: string | undefined): void {
    this.#note(moduleName, (signs, { complaints }) => {
      if (wording === undefined) complaints.delete(kind);
      else complaints.set(kind, wording);
      return { ...signs, complaints: [...complaints.values()] };
    });
  }

  /** The module itself says that it can't do its work, and why; undefined takes that back. */
  noteOwnWord(moduleName: string, ownWord: string | undefined): void {
    this.#note(moduleName, (signs) => ({ ...signs, ownWord }));
  }

  noteCrash(moduleName: string, reason: string): void {
    this.#note(moduleName, (signs) => ({ ...signs, crashReason: reason }));
  }

  /** Drops a module without an event. */
  forget(moduleName: string): void {
    this.#entries.delete(moduleName);
  }

  /** Undefined for a module that is not watched. */
  healthOf(moduleName: string): ModuleHealth | undefined {
    return this.#entries.get(moduleName)?.health;
  }

  #note(moduleName: string, change: (signs: HealthSigns, entry: Entry) => HealthSigns): void {
    const entry = this.#entries.get(moduleName);
    if (entry === undefined || entry.signs.crashReason !== undefined) return;
    this.#take(moduleName, entry, change(entry.signs, entry));
  }

  #take(moduleName: string, entry: Entry, signs: HealthSigns): void {
    const before = entry.health;
    const health = judgeHealth(signs);
    // First the books, then the telling: a subscriber may come back here.
    entry.signs = signs;
    entry.health = health;
    if (before.state === health.state) return;
    this.#tell(moduleName, before, health);
    if (health.state !== "unresponsive" || entry.onUnresponsive !== "kill") return;
    this.#deps.kill(moduleName, `unresponsive: ${health.reason}`);
  }

  #tell(moduleName: string, before: ModuleHealth, health: ModuleHealth): void {
    const { log, publish } = this.#deps;
    const [oldWord, newWord] = [healthWord(before), healthWord(health)];
    if (health.state === "healthy") {
      log.info({ module: moduleName, health: health.state }, `module ${moduleName} is healthy again`);
    } else {
      log.warn(
        { module: moduleName, health: health.state, reason: health.reason },
        `module ${moduleName} is ${health.state}: ${health.reason}`,
      );
    }
    if (oldWord === newWord) return;
    publish("ModuleHealthChanged", { module_name: moduleName, old_health: oldWord, new_health: newWord });
  }
}
