import { Subscription } from "rxjs";
import type { EventBus } from "../bus/index.js";
import type { ModuleStatus } from "../metrics/index.js";
import type { ModuleManager } from "../supervisor/index.js";
import type { ModuleCare } from "./module-care.js";

export interface ModuleRollDependencies {
  readonly bus: Pick<EventBus, "events$">;
  readonly modules: () => Pick<ModuleManager, "instances">;
  readonly care: Pick<ModuleCare, "monitor">;
}

interface Entry {
  version: string;
  state: string;
}

/** More names than a host has modules. */
const MAX_NAMES = 1000;

/**
 * Every module whose life began since the host started, whether it runs or not: one that crashed and stays down is what an
 * operator looks for. It listens to the bus from its making until {@link close}.
 */
export class ModuleRoll {
  readonly #deps: ModuleRollDependencies;
  readonly #entries = new Map<string, Entry>();
  readonly #versions = new Map<string, string>();
  readonly #listening = new Subscription();

  constructor(deps: ModuleRollDependencies) {
    this.#deps = deps;
    const { bus } = deps;
    this.#listening.add(
      bus.events$("ModuleDiscovered").subscribe(({ payload: { module_name, version } }) => {
        if (this.#versions.size < MAX_NAMES) this.#versions.set(module_name, version);
      }),
    );
    this.#listening.add(
      bus.events$("ModuleStateChanged").subscribe(({ payload: { module_name, new_state } }) => {
        this.#note(module_name, new_state);
      }),
    );
  }

  /** In the order in which they were begun with. */
  *statuses(): Iterable<ModuleStatus> {
    const instances = new Map([...this.#deps.modules().instances].map((each) => [each.name, each]));
    const figures = this.#deps.care.monitor.figures();
    for (const name of new Set([...this.#entries.keys(), ...instances.keys()])) {
      const instance = instances.get(name);
      const entry = this.#entries.get(name);
      const use = figures.get(name);
      const state = instance?.state ?? entry?.state ?? "Stopped";
      yield {
        name,
        version: instance?.module.manifest.version ?? entry?.version ?? "",
        state,
        isConnected: instance?.isConnected ?? false,
        // Nobody watches one that is down for good.
        health: use?.health.state ?? (state === "Error" ? "crashed" : undefined),
        use,
      };
    }
  }

  close(): void {
    this.#listening.unsubscribe();
  }

  #note(name: string, state: string): void {
    const known = this.#entries.get(name);
    const version = this.#versions.get(name) ?? known?.version ?? "";
    if (known === undefined && this.#entries.size >= MAX_NAMES) return;
    this.#entries.set(name, { version, state });
  }
}
