import type { SchedulerLike, Subscription } from "rxjs";
import { deadline } from "../../clock.js";
import type { DataGuard } from "./data-guard.js";
import type { MonitoredModule } from "./monitored-module.js";

/** How soon a process is asked for that isn't there yet: it may write from its first moment on. */
const ASK_MS = 5;
/** As long as a module has for its start at most; after that each tick asks. */
const ASK_LIMIT_MS = 30_000;
/** A module doesn't wait longer for its guard: the looks by the clock are there. */
const WATCHING_LIMIT_MS = 5000;

/** Tells a guard of modules and their processes. It owns the guard and {@link close}s it. */
export class GuardedData {
  readonly #guard: DataGuard;
  readonly #scheduler: SchedulerLike;
  readonly #modules = new Map<
    string,
    { readonly module: MonitoredModule; asking: Subscription | undefined }
  >();

  constructor(guard: DataGuard, scheduler: SchedulerLike) {
    this.#guard = guard;
    this.#scheduler = scheduler;
  }

  watch(module: MonitoredModule): void {
    this.#drop(module.name);
    const { max_data_bytes: maxBytes, max_files: maxFiles } = module.limits;
    this.#guard.watch(module.name, { path: module.dataDir, maxBytes, maxFiles });
    const entry = { module, asking: undefined };
    this.#modules.set(module.name, entry);
    this.#ask(entry, this.#scheduler.now() + ASK_LIMIT_MS);
  }

  /** Resolves when the guard looks, or after five seconds. */
  async watching(): Promise<void> {
    let timer: Subscription | undefined;
    const late = new Promise<void>((resolve) => {
      timer = deadline(this.#scheduler, WATCHING_LIMIT_MS, resolve);
    });
    await Promise.race([this.#guard.watching(), late]);
    timer?.unsubscribe();
  }

  forget(moduleName: string): void {
    if (this.#drop(moduleName)) this.#guard.forget(moduleName);
  }

  /** Tells of the processes that there are now. */
  tick(): void {
    for (const { module } of this.#modules.values()) this.#note(module);
  }

  close(): Promise<void> {
    for (const name of [...this.#modules.keys()]) this.#drop(name);
    return this.#guard.close();
  }

  #drop(moduleName: string): boolean {
    this.#modules.get(moduleName)?.asking?.unsubscribe();
    return this.#modules.delete(moduleName);
  }

  #note(module: MonitoredModule): boolean {
    const pid = module.pid();
    if (pid !== undefined) this.#guard.noteProcess(module.name, pid);
    return pid !== undefined;
  }

  #ask(entry: { readonly module: MonitoredModule; asking: Subscription | undefined }, untilMs: number): void {
    entry.asking = this.#scheduler.schedule(() => {
      if (!this.#note(entry.module) && this.#scheduler.now() < untilMs) this.#ask(entry, untilMs);
    }, ASK_MS);
  }
}
