import type { ClassicLevel } from "classic-level";
import { EngineError, errorCode, errorMessage } from "../../errors.js";
import { storageErrors } from "../errors.js";
import type { ByteMap, Change, Entry, PageLimits } from "./byte-map.js";
import type { KeyRange } from "./storage-layout.js";

type Database = ClassicLevel<Uint8Array, Uint8Array>;
type Library = Pick<typeof import("classic-level"), "ClassicLevel">;

/** Loaded when the first module stores something: a host without storage needs no native code. */
export const loadLibrary = (): Promise<Library> => import("classic-level");

const KIB = 1024;
/** Of one database: a host may have one for each module. */
const OPEN_OPTIONS = { maxOpenFiles: 100, cacheSize: 2048 * KIB, writeBufferSize: 2048 * KIB } as const;
/** Values that are read at a time only to learn how long they are. */
const SIZES_AT_ONCE = 16;
const KEYS_AT_ONCE = 1000;

/**
 * Opens the database in a folder, or makes one there. One process and one opening at a time. Whoever opens it closes it.
 * @throws STORAGE_FAILED retryable unless what is on disk is damaged or the library has no build for this system
 */
export async function openLevelMap(folder: string, load = loadLibrary): Promise<ByteMap> {
  let library: Library;
  try {
    library = await load();
  } catch (cause) {
    const reason = `the library classic-level can't be loaded on this system (${firstLine(errorMessage(cause))})`;
    throw storageErrors.STORAGE_FAILED({ reason }, { cause });
  }
  const database: Database = new library.ClassicLevel(folder, { keyEncoding: "view", valueEncoding: "view" });
  await orFailed(database.open(OPEN_OPTIONS));
  return new LevelMap(database);
}

class LevelMap implements ByteMap {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return orFailed(this.#database.get(key));
  }

  async sizesOf(keys: readonly Uint8Array[]): Promise<(number | undefined)[]> {
    const sizes: (number | undefined)[] = [];
    for (let at = 0; at < keys.length; at += SIZES_AT_ONCE) {
      const some = keys.slice(at, at + SIZES_AT_ONCE);
      const values = await orFailed(
        some.length === 1 ? this.#getOne(some[0] as Uint8Array) : this.#database.getMany(some, UNCACHED),
      );
      for (const value of values) sizes.push(value?.length);
    }
    return sizes;
  }

  async page(range: KeyRange, limits: PageLimits): Promise<Entry[]> {
    const entries: Entry[] = [];
    let bytes = 0;
    const iterator = this.#database.iterator({
      ...bounds(range),
      limit: limits.entries,
      highWaterMarkBytes: 64 * KIB,
      fillCache: false,
    });
    try {
      for (;;) {
        const some = await orFailed(iterator.nextv(limits.entries));
        if (some.length === 0) return entries;
        for (const [key, value] of some) {
          bytes += key.length + value.length;
          if (bytes > limits.bytes && entries.length > 0) return entries;
          entries.push([key, value]);
        }
      }
    } finally {
      await iterator.close();
    }
  }

  async *keys(range: KeyRange): AsyncGenerator<Uint8Array[]> {
    const iterator = this.#database.keys({ ...bounds(range), fillCache: false });
    try {
      for (;;) {
        const some = await orFailed(iterator.nextv(KEYS_AT_ONCE));
        if (some.length === 0) return;
        yield some;
      }
    } finally {
      await iterator.close();
    }
  }

  write(changes: readonly Change[], { isSynced } = { isSynced: true }): Promise<void> {
    const operations = changes.map(({ key, value }) =>
      value === undefined ? ({ type: "del", key } as const) : ({ type: "put", key, value } as const),
    );
    return orFailed(this.#database.batch(operations, { sync: isSynced }));
  }

  close(): Promise<void> {
    return orFailed(this.#database.close());
  }

  async #getOne(key: Uint8Array): Promise<[Uint8Array | undefined]> {
    return [await this.#database.get(key, UNCACHED)];
  }
}

const UNCACHED = { fillCache: false } as const;

function bounds({ from, isAfter, before }: KeyRange) {
  return isAfter ? { gt: from, lt: before } : { gte: from, lt: before };
}

async function orFailed<Result>(running: Promise<Result>): Promise<Result> {
  try {
    return await running;
  } catch (error) {
    throw storageFailure(error);
  }
}

/** What the library threw, told without the host's paths. */
function storageFailure(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  // The error of an open stands behind a general one.
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  switch (errorCode(cause)) {
    case "LEVEL_CORRUPTION":
      return storageErrors.STORAGE_FAILED({ reason: "its files are damaged" }, { cause });
    case "LEVEL_LOCKED":
      return storageErrors.STORAGE_FAILED(
        { reason: "another process has its files open" },
        { cause, retryable: true },
      );
    default: {
      const reason = errorMessage(cause).split(": ").at(-1) ?? "unknown";
      return storageErrors.STORAGE_FAILED({ reason: firstLine(reason) }, { cause, retryable: true });
    }
  }
}

function firstLine(text: string): string {
  return (text.split("\n")[0] as string).slice(0, 200);
}
