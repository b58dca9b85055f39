import type { SchedulerLike } from "rxjs";
import type { DataSize } from "./module-use.js";

export interface DataWatchDependencies {
  readonly measure: (
    path: string,
    options: { readonly signal: AbortSignal; readonly maxFiles: number },
  ) => Promise<DataSize | undefined>;
  readonly scheduler: SchedulerLike;
  /** Takes a finished measurement; true asks for the next one soon. */
  readonly onMeasured: (moduleName: string, size: DataSize) => boolean;
  readonly onFault: (cause: unknown) => void;
}

interface WatchedDirectory {
  readonly path: string;
  readonly maxFiles: number;
  readonly aborter: AbortController;
  dueAtMs: number;
  isUrgent?: boolean;
}

/** A small directory is measured each second; one that takes long, less often, at least every ten seconds. */
const LEAST_PERIOD_MS = 1000;
const PERIOD_MS = 10_000;
const CALM_FACTOR = 200;
/** A walk through a full directory takes half a second: the pause after it keeps walks below a twentieth of the time. */
const PAUSE_FACTOR = 20;
/** Near its limit: every tenth of a second, or a sixth of the time. */
const SOON_MS = 100;
const SOON_FACTOR = 5;

/**
 * Measures the modules' data directories, one at a time: a small one each second, a large one every ten seconds or less
 * often, and as often as may be where a limit is near. One that never ends (a dead network disk) holds up the others' figures and nothing else.
 */
export class DataWatch {
  readonly #deps: DataWatchDependencies;
  readonly #directories = new Map<string, WatchedDirectory>();
  #running: Promise<void> | undefined;

  constructor(deps: DataWatchDependencies) {
    this.#deps = deps;
  }

  /** @param maxFiles no more than somewhat above this is counted */
  watch(moduleName: string, path: string, maxFiles = Number.POSITIVE_INFINITY): void {
    this.forget(moduleName);
    const dueAtMs = this.#deps.scheduler.now();
    this.#directories.set(moduleName, { path, maxFiles, aborter: new AbortController(), dueAtMs });
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

  /** Some directory is near its limit, so that a tick is due soon. */
  get isUrgent(): boolean {
    return [...this.#directories.values()].some((directory) => directory.isUrgent);
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
    const size = await measure(directory.path, { signal, maxFiles: directory.maxFiles });
    if (signal.aborted) return;
    const endMs = scheduler.now();
    const isUrgent = size !== undefined && onMeasured(name, size);
    const tookMs = endMs - startMs;
    const calmMs = Math.max(LEAST_PERIOD_MS, Math.min(PERIOD_MS, CALM_FACTOR * tookMs));
    directory.dueAtMs = isUrgent
      ? Math.max(startMs + SOON_MS, endMs + SOON_FACTOR * tookMs)
      : Math.max(startMs + calmMs, endMs + PAUSE_FACTOR * tookMs);
    directory.isUrgent = isUrgent;
  }
}
