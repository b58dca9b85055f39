import type { SchedulerLike } from "rxjs";
import type { Logger } from "../../log.js";
import { ContentDigest } from "./content-digest.js";
import { DirectoryWatches, type OpenWatch } from "./directory-watches.js";
import { type ModuleSnapshot, takeSnapshot } from "./module-snapshot.js";
import { Stillness } from "./stillness.js";

/** What became of one directory; `directory` is its real path, `name` what its manifest says. */
export type ModuleFolderNews =
  | { readonly kind: "changed" | "appeared"; readonly directory: string; readonly name: string }
  /** Where it was, and what it was called. */
  | { readonly kind: "gone"; readonly directory: string; readonly name: string };

export interface WatchedModuleOptions {
  /** A subfolder of a folder of modules; may be a link. */
  readonly path: string;
  readonly debounceMs: number;
  readonly scheduler: SchedulerLike;
  readonly log: Logger;
  readonly onNews: (news: ModuleFolderNews) => void;
  /** The directory is gone, and still is. */
  readonly onVanished: () => void;
  readonly onRefused: (error: unknown) => void;
  /** False while the system refuses to watch: then only notes lead to looks. */
  readonly mayWatch: () => boolean;
  readonly openWatch?: OpenWatch | undefined;
}

/** New watches miss what came before them; a directory that changes as fast as it is watched is noted anyway. */
const MAX_LOOKS = 5;

/** Follows one directory: when it becomes a module, changes, and goes. Owns its watches and its timer; close it. */
export class WatchedModule {
  readonly #options: WatchedModuleOptions;
  readonly #watches: DirectoryWatches;
  readonly #stillness: Stillness<ModuleSnapshot>;
  readonly #contents = new ContentDigest();
  #known: { readonly directory: string; readonly name: string; readonly digest: string } | undefined;
  #toldReason: string | undefined;

  constructor(options: WatchedModuleOptions) {
    this.#options = options;
    const { debounceMs, scheduler, onRefused, openWatch } = options;
    this.#watches = new DirectoryWatches({
      onHint: () => this.note(),
      onRefused,
      ...(openWatch === undefined ? {} : { open: openWatch }),
    });
    this.#stillness = new Stillness({
      look: () => this.#look(),
      settle: (found, isCapped) => this.#settle(found, isCapped),
      debounceMs,
      scheduler,
    });
  }

  /** Takes what is there now as known: nothing is told of it. */
  async begin(): Promise<void> {
    const found = await this.#look();
    if (found.kind === "module") {
      const digest = await this.#contents.of(found.directory, found.files);
      this.#known = { directory: found.directory, name: found.name, digest };
    }
    this.#stillness.begin(found);
  }

  /** Takes nothing as known: what is there appears. */
  beginEmpty(): void {
    this.#stillness.begin();
    this.#stillness.note();
  }

  /** Something may have changed. */
  note(): void {
    this.#stillness.note();
  }

  /** Watches nothing any more; notes still lead to looks. */
  stopWatching(): void {
    this.#watches.close();
  }

  async close(): Promise<void> {
    await this.#stillness.close();
    this.#watches.close();
  }

  async #look(): Promise<ModuleSnapshot> {
    for (let looks = 1; ; looks++) {
      const found = await takeSnapshot(this.#options.path);
      if (!this.#options.mayWatch() || looks === MAX_LOOKS) return found;
      if (!this.#watches.sync(found.directories)) return found;
    }
  }

  async #settle(found: ModuleSnapshot, isCapped: boolean): Promise<void> {
    switch (found.kind) {
      case "absent":
        if (isCapped) return;
        this.#forget();
        if (found.directories.size === 0) this.#options.onVanished();
        return;
      case "incomplete":
        if (!isCapped) this.#tellIncomplete(found.reason);
        return;
      case "module":
        return this.#settleModule(found, isCapped);
      default:
        found satisfies never;
    }
  }

  async #settleModule(found: ModuleSnapshot & { kind: "module" }, isCapped: boolean): Promise<void> {
    const { directory, name, files, isCut } = found;
    const { log, debounceMs, onNews } = this.#options;
    this.#toldReason = undefined;
    const digest = await this.#contents.of(directory, files);
    const before = this.#known;
    if (before?.digest === digest && before.directory === directory && before.name === name) return;
    if (isCapped) {
      log.warn(
        { module: name, directory },
        `files of ${name} have been changing for ${10 * debounceMs} ms without a pause of ${debounceMs} ms; they are taken as they are: a module should write to its data directory, not here`,
      );
    }
    if (isCut) {
      log.warn(
        { module: name, directory },
        `${name} has more files than are watched; changes of the others go unnoticed`,
      );
    }
    if (before !== undefined && before.name !== name) this.#forget();
    this.#known = { directory, name, digest };
    onNews({ kind: before?.name === name ? "changed" : "appeared", directory, name });
  }

  #forget(): void {
    const known = this.#known;
    this.#known = undefined;
    this.#toldReason = undefined;
    if (known !== undefined)
      this.#options.onNews({ kind: "gone", directory: known.directory, name: known.name });
  }

  #tellIncomplete(reason: string): void {
    if (reason === this.#toldReason) return;
    this.#toldReason = reason;
    const { path, log } = this.#options;
    const state =
      this.#known === undefined ? "is no module yet" : `is left as it was loaded (${this.#known.name})`;
    log.warn({ directory: path }, `${path} ${state}: ${reason}`);
  }
}
