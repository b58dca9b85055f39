import { watch } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type SchedulerLike, Subscription } from "rxjs";
import { errorCode, errorMessage } from "../../errors.js";
import type { Logger } from "../../log.js";
import { MAX_FILE_BYTES } from "../file/yaml-text.js";

export interface StreamFolderDependencies {
  readonly scheduler: SchedulerLike;
  readonly log: Logger;
  /** A file is there and at rest, new or with another content than before. `name` is the file's, without the folder. */
  readonly onFile: (name: string, text: string) => void;
  /** A file is there and can't be read, told once for each reason; it is tried again in every look. */
  readonly onUnreadable: (name: string, reason: string) => void;
  /** A file is gone. */
  readonly onGone: (name: string) => void;
}

/** A file must look the same in two looks so far apart: nobody reads what is half written. */
const REST_MS = 150;
/** Where the system reports nothing, it looks so often. */
const POLL_MS = 2_000;
/** Names that are looked at; a folder with more is told in the log, once. */
const MAX_NAMES = 2_000;

/**
 * Watches one folder for files of streams. The system's reports only make it quick: it looks every two seconds anyway,
 * so that network folders and a folder that comes later work too. Owns its watch and timers: {@link close} it.
 */
export class StreamFolder {
  readonly #dir: string;
  readonly #deps: StreamFolderDependencies;
  /** What each file looked like in the last look, and when it was told of. */
  readonly #seen = new Map<string, string>();
  readonly #told = new Map<string, string>();
  #timer = Subscription.EMPTY;
  #watcher: { close(): void } | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isDue = false;
  #isClosed = false;
  #hasWarned = false;

  constructor(dir: string, deps: StreamFolderDependencies) {
    this.#dir = dir;
    this.#deps = deps;
  }

  /** Resolves when the files that are there now were told of. */
  async start(): Promise<void> {
    await this.#look(true);
    this.#watch();
    this.#schedule(POLL_MS);
  }

  /** No call follows it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer.unsubscribe();
    this.#watcher?.close();
    await this.#looking;
  }

  #watch(): void {
    try {
      const watcher = watch(this.#dir, { persistent: false }, () => this.#soon());
      watcher.on("error", () => {
        watcher.close();
        this.#watcher = undefined;
      });
      this.#watcher = watcher;
    } catch {
      this.#watcher = undefined;
    }
  }

  /** Reports come in bursts; the look after the first of them sees all. */
  #soon(): void {
    if (this.#isDue || this.#isClosed) return;
    this.#isDue = true;
    this.#schedule(REST_MS);
  }

  #schedule(delayMs: number): void {
    this.#timer.unsubscribe();
    if (this.#isClosed) return;
    this.#timer = this.#deps.scheduler.schedule(() => {
      this.#isDue = false;
      this.#looking = this.#look(false).then((isUnsettled) => {
        if (this.#watcher === undefined) this.#watch();
        if (!this.#isDue) this.#schedule(isUnsettled ? REST_MS : POLL_MS);
      });
    }, delayMs);
  }

  /** @returns whether a file changed since the last look, so that another one is due soon. Never rejects. */
  async #look(isFirst: boolean): Promise<boolean> {
    const names = await this.#names();
    if (names === undefined) return false;
    const prints = new Map<string, string>();
    for (const name of names) {
      const print = await printOf(join(this.#dir, name));
      if (print !== undefined) prints.set(name, print);
    }
    const moved = this.#tellGone(new Set(names), new Set(prints.values()));
    let isUnsettled = false;
    for (const [name, print] of prints) {
      const from = moved.get(print);
      const isAtRest = isFirst || from !== undefined || this.#seen.get(name) === print;
      this.#seen.set(name, print);
      if (this.#told.get(name) === print) continue;
      if (!isAtRest) isUnsettled = true;
      else await this.#tell(name, print, from);
    }
    // One file under two names, of which one went, looks as if it had moved.
    for (const name of moved.values()) this.#gone(name);
    return isUnsettled;
  }

  /** @returns the former names of files that moved, by what they look like: told of together with the new ones */
  #tellGone(names: ReadonlySet<string>, prints: ReadonlySet<string>): ReadonlyMap<string, string> {
    const moved = new Map<string, string>();
    for (const name of [...this.#seen.keys()]) if (!names.has(name)) this.#seen.delete(name);
    for (const [name, print] of [...this.#told]) {
      if (names.has(name)) continue;
      if (prints.has(print)) moved.set(print, name);
      else this.#gone(name);
    }
    return moved;
  }

  #gone(name: string): void {
    if (this.#isClosed || !this.#told.delete(name)) return;
    this.#deps.onGone(name);
  }

  async #names(): Promise<string[] | undefined> {
    try {
      const entries = await readdir(this.#dir);
      const names = entries.filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort();
      if (names.length > MAX_NAMES) this.#warn({}, `${names.length} files, ${MAX_NAMES} are looked at`);
      return names.slice(0, MAX_NAMES);
    } catch (error) {
      // A folder that isn't there holds no files; one that can't be read says nothing about its files.
      if (errorCode(error) === "ENOENT") return [];
      this.#warn({ err: error }, "it can't be read; its streams run on as they are");
      return undefined;
    }
  }

  async #tell(name: string, print: string, from: string | undefined): Promise<void> {
    try {
      const text = await firstBytes(join(this.#dir, name), MAX_FILE_BYTES + 1);
      if (this.#isClosed) return;
      // In one turn, so that nothing is published between.
      if (from !== undefined) this.#gone(from);
      this.#told.set(name, print);
      this.#deps.onFile(name, text);
    } catch (error) {
      if (from !== undefined) this.#gone(from);
      const reason = errorMessage(error);
      if (this.#isClosed || this.#told.get(name) === reason) return;
      this.#told.set(name, reason);
      this.#deps.onUnreadable(name, reason);
    }
  }

  #warn(fields: object, problem: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#deps.log.warn({ ...fields, dir: this.#dir }, `the folder of streams ${this.#dir}: ${problem}`);
  }
}

/**
 * Tells one state of a regular file from another; undefined for what is none. What can't be looked at, such as a link that
 * leads nowhere, has one too: reading it says why.
 */
async function printOf(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path, { bigint: true });
    return found.isFile() ? [found.dev, found.ino, found.size, found.mtimeNs].join(":") : undefined;
  } catch (error) {
    return `unreadable: ${errorCode(error)}`;
  }
}

/** A file that is longer than a stream may be is not read whole: its reader says so of the beginning too. */
async function firstBytes(path: string, bytes: number): Promise<string> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}
