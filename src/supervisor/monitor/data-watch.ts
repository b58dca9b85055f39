import type { SchedulerLike } from "rxjs";
import type { DirectorySize } from "../../security/index.js";

export interface DataWatchDependencies {
  readonly measure: (
    path: string,
    options: { readonly signal: AbortSignal },
  ) => Promise<DirectorySize | undefined>;
  readonly scheduler: SchedulerLike;
  /** Takes a finished measurement; true asks for the next one soon. */
  readonly onMeasured: (moduleName: string, size: DirectorySize) => boolean;
  readonly onFault: (cause: unknown) => void;
}

interface WatchedDirectory {
  readonly path: string;
  readonly aborter: AbortController;
  dueAtMs: number;
}

const PERIOD_MS = 10_000;
const SOON_MS = 1000;
/** A walk through a full directory takes half a second: the pause after it keeps walks below a twentieth of the time. */
const PAUSE_FACTOR = 20;

/**
 * Measures the modules' data directories, one at a time, each of them every ten seconds, or less often where it takes
 * long. One that never ends (a dead network disk) holds up the others' figures and nothing else.
 */
export class DataWatch {
  readonly #deps: DataWatchDependencies;
  readonly #directories = new Map<string, WatchedDirectory>();
  #running: Promise<void> | undefined;

  constructor(deps: DataWatchDependencies) {
    this.#deps = deps;
  }

  watch(moduleName: string, path: string): void {
    this.forget(moduleName);
    const dueAtMs = this.#deps.scheduler.now();
    this.#directories.set(moduleName, { path, aborter: new AbortController(), dueAtMs });
  }

  forget(moduleName: string): void {
    this.#directories.get(moduleName)?.aborter.abort();
    this.#directories.delete(moduleName);
  }

  /** Begins the measurements that are due, unless some are under way. */
  tick(): void {
    if (this.#running !== undefined) return;
    const due = [...this.#directories].filter(([, { dueAtMs }]) => dueAtMs <= this.#deps.scheduler.now());
    if (due.length === 0) return;
    this.#running = this.#measureAll(due).finally(() => {
      this.#running = undefined;
    });
  }

  /** Ends what is under way; resolves when its last descriptor is closed. */
  async close(): Promise<void> {
    for (const name of [...this.#directories.keys()]) this.forget(name);
    await this.#running;
  }

  async #measureAll(due: readonly (readonly [string, WatchedDirectory])[]): Promise<void> {
    for (const [name, directory] of due) {
      if (directory.aborter.signal.aborted) continue;
      try {
        await this.#measure(name, directory);
      } catch (cause) {
        this.#deps.onFault(cause);
      }
    }
  }

  async #measure(name: string, directory: WatchedDirectory): Promise<void> {
    const { measure, scheduler, onMeasured } = this.#deps;
    const { signal } = directory.aborter;
    const startMs = scheduler.now();
    directory.dueAtMs = startMs + PERIOD_MS;
    const size = await measure(directory.path, { signal });
    if (signal.aborted) return;
    const endMs = scheduler.now();
    const isUrgent = size !== undefined && onMeasured(name, size);
    directory.dueAtMs = Math.max(
      startMs + (isUrgent ? SOON_MS : PERIOD_MS),
      endMs + PAUSE_FACTOR * (endMs - startMs),
    );
  }
}
