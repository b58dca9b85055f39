import type { SchedulerLike, Subscription } from "rxjs";
import { monotonicScheduler } from "../../clock.js";
import { errorCode, errorMessage } from "../../errors.js";
import type { Logger } from "../../log.js";
import type { OpenWatch } from "./directory-watches.js";
import { WatchedFolder } from "./watched-folder.js";
import type { ModuleFolderNews } from "./watched-module.js";

export interface FolderWatcherOptions {
  /** Folders whose direct subfolders are modules. One that is not there yet is watched for. */
  readonly folders: readonly string[];
  /** A module's files must have been still for so long. */
  readonly debounceMs: number;
  readonly log: Logger;
  readonly scheduler?: SchedulerLike;
  /** The manifest, the configuration or the code of a known module is another one now. */
  readonly onChanged: (directory: string, name: string) => void;
  /** A directory became a module: its manifest can be read and its entry point is there. */
  readonly onAppeared: (directory: string, name: string) => void;
  /** A module's directory or its `module.toml` is gone. */
  readonly onGone: (directory: string, name: string) => void;
  /** In place of the system's watches; for tests. */
  readonly openWatch?: OpenWatch;
}

/** Where the system gives no notes, everything is looked at so often. */
const POLL_MS = 2000;
/** Notes get lost (a full queue, a network file system, a link of the folder itself): now and then it looks anyway. */
const SWEEP_MS = 30_000;

/**
 * Watches folders of modules and says which module changed, appeared or went. Modules don't wait for one another.
 *
 * - A module is told of when its files were still for `debounceMs`, or after ten times that of ceaseless change.
 * - While a manifest can't be parsed or an entry point is missing nothing is told: it is being written.
 * - Contents decide: a touch, or the same bytes written anew, is no change. Files that say nothing are ignored.
 * - A module whose name changed goes under the old name and appears under the new one.
 * - Where the system refuses watches, it logs what to do and looks every two seconds instead.
 *
 * `directory` is the real path, as discovery reports it. What a callback throws is logged and ends nothing.
 * Owns its watches and timers: {@link close} it.
 */
export class FolderWatcher {
  readonly #options: FolderWatcherOptions;
  readonly #scheduler: SchedulerLike;
  readonly #folders: readonly WatchedFolder[];
  #timer: Subscription | undefined;
  #isPolling = false;
  #closing: Promise<void> | undefined;

  constructor(options: FolderWatcherOptions) {
    this.#options = options;
    this.#scheduler = options.scheduler ?? monotonicScheduler;
    const { folders, debounceMs, log, openWatch } = options;
    this.#folders = [...new Set(folders)].map(
      (path) =>
        new WatchedFolder({
          path,
          debounceMs,
          scheduler: this.#scheduler,
          log,
          openWatch,
          onNews: (news) => this.#tell(news),
          onRefused: (error) => this.#startPolling(error),
          mayWatch: () => !this.#isPolling && this.#closing === undefined,
        }),
    );
  }

  /** Resolves when it watches: what is there by then is known, and nothing is told of it. */
  async start(): Promise<void> {
    await Promise.all(this.#folders.map((folder) => folder.begin()));
    if (this.#closing === undefined && this.#timer === undefined) this.#lookEvery(SWEEP_MS);
  }

  /** Resolves when nothing is watched and no callback will be called any more. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    await Promise.all(this.#folders.map((folder) => folder.close()));
  }

  #tell({ kind, directory, name }: ModuleFolderNews): void {
    if (this.#closing !== undefined) return;
    const { onChanged, onAppeared, onGone, log } = this.#options;
    const call = { changed: onChanged, appeared: onAppeared, gone: onGone }[kind];
    try {
      call(directory, name);
    } catch (error) {
      log.error({ err: error, module: name, directory }, `handling that ${name} ${kind} failed`);
    }
  }

  #startPolling(error: unknown): void {
    if (this.#isPolling || this.#closing !== undefined) return;
    this.#isPolling = true;
    this.#options.log.warn(
      { code: errorCode(error) },
      `the system refuses to watch more directories (${errorMessage(error)}); modules are looked at every ${POLL_MS / 1000} s instead: raise fs.inotify.max_user_watches and fs.inotify.max_user_instances with sysctl, then start the host again`,
    );
    for (const folder of this.#folders) folder.stopWatching();
    this.#lookEvery(POLL_MS);
  }

  #lookEvery(periodMs: number): void {
    this.#timer?.unsubscribe();
    const { folders, timer } = { folders: this.#folders, timer: this.#scheduler };
    this.#timer = timer.schedule<undefined>(function () {
      for (const folder of folders) folder.noteAll();
      this.schedule(undefined, periodMs);
    }, periodMs);
  }
}
