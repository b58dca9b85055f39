import type { SchedulerLike, Subscription } from "rxjs";
import { monotonicScheduler } from "../clock.js";
import { errorCode, errorMessage } from "../errors.js";
import type { Logger } from "../log.js";
import type { ModuleInstance, ModuleManager } from "../supervisor/index.js";

/** What became of a module's folder, as the folder watcher tells it. */
export type FolderChange = "changed" | "appeared" | "gone";

export interface FollowedChangesDependencies {
  readonly log: Logger;
  readonly modules: () => Pick<
    ModuleManager,
    "instances" | "listModules" | "loadModule" | "reloadModule" | "unloadModule"
  >;
  /** Whether a module that appears is loaded. */
  readonly mayLoad: (name: string) => boolean;
  /** Whether a module whose folder is gone is unloaded. */
  readonly mayUnload: () => boolean;
  readonly scheduler?: SchedulerLike;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2000;

/**
 * Does for each module what the changes of its folder ask for: one thing at a time, different modules side by side. Of
 * what changes meanwhile the last counts. While another operation works on a module or on one that needs it (BUSY), it
 * waits and tries again: no change is lost. What fails is logged and ends nothing. Close it.
 *
 * - `changed`: a module that runs is reloaded, one that failed is loaded.
 * - `appeared`: the same; one that runs from this very folder since it was seen last stays; any other may be loaded.
 * - `gone`: one that ran from there is unloaded, where that is allowed and no other folder offers it.
 */
export class FollowedChanges {
  readonly #deps: FollowedChangesDependencies;
  readonly #scheduler: SchedulerLike;
  readonly #pending = new Map<string, { readonly change: FolderChange; readonly directory: string }>();
  readonly #working = new Set<string>();
  /** Instances whose folder went while they ran: what appears there is another one. */
  readonly #uprooted = new WeakSet<ModuleInstance>();
  readonly #waits = new Set<{ readonly timer: Subscription; readonly end: () => void }>();
  #isClosed = false;

  constructor(deps: FollowedChangesDependencies) {
    this.#deps = deps;
    this.#scheduler = deps.scheduler ?? monotonicScheduler;
  }

  note(change: FolderChange, directory: string, name: string): void {
    if (this.#isClosed) return;
    const instance = this.#instanceOf(name);
    if (change === "gone" && instance?.module.directory === directory) this.#uprooted.add(instance);
    const pending = this.#pending.get(name);
    // A newcomer that changes before anything was done about it is a newcomer still.
    const isNew = change === "changed" && pending?.change === "appeared";
    // What went elsewhere takes nothing from what is here.
    const isElsewhere = change === "gone" && pending !== undefined && pending.directory !== directory;
    if (!isElsewhere) this.#pending.set(name, { change: isNew ? "appeared" : change, directory });
    if (!this.#working.has(name)) void this.#work(name);
  }

  /** Nothing is begun any more; what is under way ends with the module manager. */
  close(): void {
    this.#isClosed = true;
    this.#pending.clear();
    for (const { timer, end } of this.#waits) {
      timer.unsubscribe();
      end();
    }
  }

  async #work(name: string): Promise<void> {
    this.#working.add(name);
    let delayMs = FIRST_RETRY_MS;
    for (let next = this.#pending.get(name); next !== undefined; next = this.#pending.get(name)) {
      this.#pending.delete(name);
      const isDone = await this.#attempt(next.change, next.directory, name);
      if (isDone) {
        delayMs = FIRST_RETRY_MS;
        continue;
      }
      if (!this.#pending.has(name) && !this.#isClosed) this.#pending.set(name, next);
      await this.#wait(delayMs);
      delayMs = Math.min(2 * delayMs, LAST_RETRY_MS);
    }
    this.#working.delete(name);
  }

  /** @returns false when the module was busy with something else */
  async #attempt(change: FolderChange, directory: string, name: string): Promise<boolean> {
    const { log } = this.#deps;
    try {
      const done = await (change === "gone"
        ? this.#leave(directory, name)
        : this.#renew(change, directory, name));
      if (done !== undefined) log.info({ module: name }, `${done} after a change of its files`);
    } catch (error) {
      const code = errorCode(error);
      if (code === "BUSY") return false;
      log.error(
        { module: name, code },
        `what changed in its files could not be followed: ${errorMessage(error)}`,
      );
    }
    return true;
  }

  async #renew(change: FolderChange, directory: string, name: string): Promise<string | undefined> {
    const { modules, mayLoad } = this.#deps;
    const listed = (await modules().listModules()).find((module) => module.name === name);
    if (this.#isClosed) return undefined;
    const load = async () => {
      await modules().loadModule(name);
      return "loaded";
    };
    const instance = this.#instanceOf(name);
    if (listed?.state === "Error" && instance === undefined) return load();
    if (instance !== undefined) {
      const isItself = instance.module.directory === directory && !this.#uprooted.has(instance);
      if (change === "appeared" && isItself) return undefined;
      // Started by hand: whoever did that starts it again.
      if (instance.state === "attached") return undefined;
    }
    try {
      await modules().reloadModule(name);
      return "reloaded";
    } catch (error) {
      // Only asking tells one that isn't loaded from one that is between two lives.
      if (errorCode(error) !== "NOT_LOADED") throw error;
      return change === "appeared" && mayLoad(name) ? load() : undefined;
    }
  }

  async #leave(directory: string, name: string): Promise<string | undefined> {
    const { modules, mayUnload } = this.#deps;
    if (!mayUnload() || this.#instanceOf(name)?.module.directory !== directory) return undefined;
    try {
      // Another folder may offer it by now: it was renamed.
      await modules().reloadModule(name);
      return "reloaded";
    } catch (error) {
      if (errorCode(error) !== "UNKNOWN_MODULE") throw error;
      await modules().unloadModule(name);
      return "unloaded";
    }
  }

  #instanceOf(name: string): ModuleInstance | undefined {
    return [...this.#deps.modules().instances].find((instance) => instance.name === name);
  }

  #wait(delayMs: number): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const wait = {
        timer: this.#scheduler.schedule(() => wait.end(), delayMs),
        end: () => {
          this.#waits.delete(wait);
          resolve();
        },
      };
      this.#waits.add(wait);
    });
  }
}
