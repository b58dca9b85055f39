import { basename, dirname, resolve } from "node:path";
import type { SchedulerLike, Subscription } from "rxjs";
import { monotonicScheduler } from "../../clock.js";
import { errorMessage } from "../../errors.js";
import type { Logger } from "../../log.js";
import { ContentDigest } from "./content-digest.js";
import { DirectoryWatches, type OpenWatch } from "./directory-watches.js";
import { isIgnoredPath } from "./ignored-path.js";
import { type Look, Stillness } from "./stillness.js";
import { directoryIdentity, type FileMark, walkTree } from "./walk-tree.js";

export interface TreeWatcherOptions {
  readonly directory: string;
  /** Besides dot files, `node_modules` and what editors leave; gets relative paths with `/`. */
  readonly isIgnored?: (path: string) => boolean;
  /** The files must have been still for so long. */
  readonly debounceMs: number;
  readonly log: Logger;
  readonly scheduler?: SchedulerLike;
  /** Contents changed; must not reject. What changes meanwhile leads to the next call after this one. */
  readonly onChanged: () => Promise<void>;
  /** In place of the system's watches; for tests. */
  readonly openWatch?: OpenWatch;
}

const POLL_MS = 2000;

interface TreeLook extends Look {
  readonly files: ReadonlyMap<string, FileMark>;
}

/**
 * Watches one directory with all it holds and calls back when contents changed and were still for `debounceMs`; a touch
 * changes nothing. Where the system refuses watches, it looks every two seconds. Owns its watches and its timer: close it.
 */
export class TreeWatcher {
  readonly #options: TreeWatcherOptions;
  readonly #root: string;
  readonly #scheduler: SchedulerLike;
  readonly #watches: DirectoryWatches;
  readonly #stillness: Stillness<TreeLook>;
  readonly #contents = new ContentDigest();
  #digest: string | undefined;
  #poll: Subscription | undefined;
  #isClosed = false;

  constructor(options: TreeWatcherOptions) {
    this.#options = options;
    this.#root = resolve(options.directory);
    this.#scheduler = options.scheduler ?? monotonicScheduler;
    const { debounceMs, openWatch } = options;
    this.#watches = new DirectoryWatches({
      onHint: (directory, name) => {
        if (directory !== dirname(this.#root) || name === undefined || name === basename(this.#root))
          this.#stillness.note();
      },
      onRefused: (error) => this.#startPolling(error),
      ...(openWatch === undefined ? {} : { open: openWatch }),
    });
    this.#stillness = new Stillness({
      look: () => this.#look(),
      settle: (found) => this.#settle(found),
      debounceMs,
      scheduler: this.#scheduler,
    });
  }

  /** Resolves when it watches; what is there by then is known. */
  async start(): Promise<void> {
    const found = await this.#look();
    this.#digest = await this.#contents.of(this.#root, found.files);
    this.#stillness.begin(found);
    // What came before the watches was not noted.
    this.#stillness.note();
  }

  /** Resolves when nothing is watched and `onChanged` will not be called any more. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#poll?.unsubscribe();
    await this.#stillness.close();
    this.#watches.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #look(): Promise<TreeLook> {
    const isIgnored = (path: string) => isIgnoredPath(path) || (this.#options.isIgnored?.(path) ?? false);
    const { files, directories } = await walkTree(this.#root, isIgnored);
    const parent = dirname(this.#root);
    const identity = await directoryIdentity(parent);
    if (!this.#isClosed && this.#poll === undefined) {
      this.#watches.sync(
        new Map([...directories, ...(identity === undefined ? [] : [[parent, identity] as const])]),
      );
    }
    return { identity: [...files].map(([path, { mark }]) => `${path} ${mark}`).join("\n"), files };
  }

  async #settle({ files }: TreeLook): Promise<void> {
    const digest = await this.#contents.of(this.#root, files);
    if (digest === this.#digest || this.#isClosed) return;
    this.#digest = digest;
    await this.#options.onChanged();
  }

  #startPolling(error: unknown): void {
    if (this.#isClosed || this.#poll !== undefined) return;
    this.#options.log.warn(
      {},
      `the system refuses to watch more directories (${errorMessage(error)}); ${this.#root} is looked at every ${POLL_MS / 1000} s instead: raise fs.inotify.max_user_watches and fs.inotify.max_user_instances with sysctl`,
    );
    this.#watches.close();
    const stillness = this.#stillness;
    this.#poll = this.#scheduler.schedule<undefined>(function () {
      stillness.note();
      this.schedule(undefined, POLL_MS);
    }, POLL_MS);
  }
}
