import { type FSWatcher, watch } from "node:fs";
import { errorCode } from "../../errors.js";

/** Opens one watch on one directory; throws as `fs.watch` does. */
export type OpenWatch = (
  directory: string,
  onHint: (name: string | undefined) => void,
  onError: (error: unknown) => void,
) => { close(): void };

export interface DirectoryWatchesOptions {
  /** An entry of a watched directory may have changed; without a name it may be any. */
  readonly onHint: (directory: string, name: string | undefined) => void;
  /** The system refuses to watch any more directories; what is watched already stays watched. */
  readonly onRefused: (error: unknown) => void;
  readonly open?: OpenWatch;
}

const unwatchable: ReadonlySet<string | undefined> = new Set(["ENOENT", "ENOTDIR", "EACCES", "EPERM"]);

/** The system's own notes (inotify on Linux) about a set of directories. Owns its watches; close it. */
export class DirectoryWatches {
  readonly #options: DirectoryWatchesOptions;
  readonly #open: OpenWatch;
  readonly #watches = new Map<string, { readonly identity: string; readonly watch: { close(): void } }>();

  constructor(options: DirectoryWatchesOptions) {
    this.#options = options;
    this.#open = options.open ?? openSystemWatch;
  }

  /**
   * Watches exactly these directories: path → which directory it is now. A path that leads to another directory than
   * before is watched anew, since the old watch went with the old directory.
   * @returns true when watches were opened: what changed before that was not noted, so look again.
   */
  sync(directories: ReadonlyMap<string, string>): boolean {
    for (const [path, { identity, watch }] of this.#watches) {
      if (directories.get(path) === identity) continue;
      watch.close();
      this.#watches.delete(path);
    }
    let hasOpened = false;
    for (const [path, identity] of directories) {
      if (this.#watches.has(path)) continue;
      try {
        const watch = this.#open(
          path,
          (name) => this.#options.onHint(path, name),
          () => this.#lost(path),
        );
        this.#watches.set(path, { identity, watch });
        hasOpened = true;
      } catch (error) {
        // A directory that is gone, or that may not be read, has no entries to tell of.
        if (unwatchable.has(errorCode(error))) continue;
        this.#options.onRefused(error);
        return hasOpened;
      }
    }
    return hasOpened;
  }

  close(): void {
    for (const { watch } of this.#watches.values()) watch.close();
    this.#watches.clear();
  }

  #lost(path: string): void {
    this.#watches.get(path)?.watch.close();
    this.#watches.delete(path);
    this.#options.onHint(path, undefined);
  }
}

function openSystemWatch(...[directory, onHint, onError]: Parameters<OpenWatch>): FSWatcher {
  const watcher = watch(directory, { persistent: false }, (_event, name) => onHint(name ?? undefined));
  watcher.on("error", onError);
  return watcher;
}
