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

/** A hundred files take 5 ms and are counted each second; a thousand and more, every ten seconds. */
const LEAST_PERIOD_MS = 1000;
const PERIOD_PER_FILE_MS = 10;
const PERIOD_MS = 10_000;
/** Near its limit, ten times as often. */
const URGENT_FACTOR = 0.1;
/**
 * The pause after a walk in its own lengths. One walk at a time waits for the disk, or for a processor: on a machine
 * without time to spare, longer pauses would leave a module that fills its directory alone for minutes.
 */
const PAUSE_FACTOR = 2;

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
    const periodMs = Math.min(
      PERIOD_MS,
      Math.max(LEAST_PERIOD_MS, PERIOD_PER_FILE_MS * (size?.entries ?? 0)),
    );
    const dueMs = startMs + (isUrgent ? periodMs * URGENT_FACTOR : periodMs);
    directory.dueAtMs = Math.max(dueMs, endMs + PAUSE_FACTOR * (endMs - startMs));
    directory.isUrgent = isUrgent;
  }
}
