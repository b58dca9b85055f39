import { readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { SchedulerLike } from "rxjs";
import { errorCode, errorMessage } from "../../errors.js";
import type { Logger } from "../../log.js";
import { DirectoryWatches, type OpenWatch } from "./directory-watches.js";
import { isIgnoredPath } from "./ignored-path.js";
import { type Look, Stillness } from "./stillness.js";
import { directoryIdentity } from "./walk-tree.js";
import { type ModuleFolderNews, WatchedModule } from "./watched-module.js";

export interface WatchedFolderOptions {
  readonly path: string;
  readonly debounceMs: number;
  readonly scheduler: SchedulerLike;
  readonly log: Logger;
  readonly onNews: (news: ModuleFolderNews) => void;
  readonly onRefused: (error: unknown) => void;
  readonly mayWatch: () => boolean;
  readonly openWatch: OpenWatch | undefined;
}

/** As many as discovery looks at. */
const MAX_MODULES = 1000;

/** Follows one folder of modules: which subfolders it has. Owns a {@link WatchedModule} for each; close it. */
export class WatchedFolder {
  readonly #options: WatchedFolderOptions;
  readonly #path: string;
  readonly #watches: DirectoryWatches;
  readonly #stillness: Stillness<Look>;
  readonly #modules = new Map<string, WatchedModule>();
  #hasBegun = false;
  #wasCut = false;
  #isClosed = false;

  constructor(options: WatchedFolderOptions) {
    this.#options = options;
    this.#path = resolve(options.path);
    const { debounceMs, scheduler, onRefused, openWatch } = options;
    this.#watches = new DirectoryWatches({
      onHint: (directory, name) => this.#hear(directory, name),
      onRefused,
      ...(openWatch === undefined ? {} : { open: openWatch }),
    });
    this.#stillness = new Stillness({
      look: () => this.#look(),
      settle: () => Promise.resolve(),
      debounceMs,
      scheduler,
    });
  }

  /** Takes the modules that are there now as known. */
  async begin(): Promise<void> {
    const found = await this.#look();
    await Promise.all([...this.#modules.values()].map((module) => module.begin()));
    this.#hasBegun = true;
    this.#stillness.begin(found);
    // What came meanwhile was not noted.
    this.#stillness.note();
  }

  /** Anything here may have changed. */
  noteAll(): void {
    this.#stillness.note();
    for (const module of this.#modules.values()) module.note();
  }

  stopWatching(): void {
    this.#watches.close();
    for (const module of this.#modules.values()) module.stopWatching();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#stillness.close();
    this.#watches.close();
    await Promise.all([...this.#modules.values()].map((module) => module.close()));
  }

  #hear(directory: string, name: string | undefined): void {
    if (directory !== this.#path) {
      if (name === undefined || name === basename(this.#path)) this.noteAll();
      return;
    }
    if (name === undefined) {
      this.noteAll();
      return;
    }
    if (isIgnoredPath(name)) return;
    const module = this.#modules.get(name);
    if (module === undefined) this.#stillness.note();
    else module.note();
  }

  async #look(): Promise<Look> {
    const { mayWatch } = this.#options;
    if (mayWatch()) {
      const directories = new Map<string, string>();
      for (const path of [dirname(this.#path), this.#path]) {
        const identity = await directoryIdentity(path);
        if (identity !== undefined) directories.set(path, identity);
      }
      if (mayWatch()) this.#watches.sync(directories);
    }
    const names = await this.#subfolders();
    if (names !== undefined && !this.#isClosed) this.#follow(names);
    return { identity: names?.join("\n") ?? "unreadable" };
  }

  #follow(names: readonly string[]): void {
    for (const name of names) {
      if (this.#modules.has(name)) continue;
      const module = this.#newModule(name);
      this.#modules.set(name, module);
      if (this.#hasBegun) module.beginEmpty();
    }
    const present = new Set(names);
    for (const [name, module] of this.#modules) if (!present.has(name)) module.note();
  }

  #newModule(name: string): WatchedModule {
    const { debounceMs, scheduler, log, onNews, onRefused, mayWatch, openWatch } = this.#options;
    const module: WatchedModule = new WatchedModule({
      path: join(this.#path, name),
      debounceMs,
      scheduler,
      log,
      onNews,
      onRefused,
      mayWatch,
      openWatch,
      onVanished: () => {
        if (this.#modules.get(name) === module) this.#modules.delete(name);
        void this.#dismiss(module);
      },
    });
    return module;
  }

  /** Closes a module from within its own look, and looks whether a new directory took its place meanwhile. */
  async #dismiss(module: WatchedModule): Promise<void> {
    await module.close();
    this.#stillness.note();
  }

  /** Names in order; undefined when the folder can't be read for another reason than that it is not there. */
  async #subfolders(): Promise<string[] | undefined> {
    let names: string[];
    try {
      const entries = await readdir(this.#path, { withFileTypes: true });
      names = entries
        .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
        .map(({ name }) => name)
        .filter((name) => !isIgnoredPath(name))
        .sort();
    } catch (error) {
      const code = errorCode(error);
      if (code === "ENOENT" || code === "ENOTDIR") return [];
      this.#options.log.warn(
        { directory: this.#path, code },
        `${this.#path} can't be read (${errorMessage(error)}); its modules are left as they are: make it readable`,
      );
      return undefined;
    }
    const found: string[] = [];
    for (const name of names) {
      if (found.length >= MAX_MODULES) {
        if (!this.#wasCut) {
          this.#wasCut = true;
          const remedy = `the ones after the first ${MAX_MODULES} in name order are not watched: move some away`;
          this.#options.log.warn(
            { directory: this.#path },
            `${this.#path} holds too many modules; ${remedy}`,
          );
        }
        break;
      }
      if ((await directoryIdentity(join(this.#path, name))) !== undefined) found.push(name);
    }
    return found;
  }
}
