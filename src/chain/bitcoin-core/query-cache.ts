/** What an entry costs beside its bytes: key, map and view. */
const entryBytes = 300;

/**
 * Bytes by key, at most `maxBytes` of them with about 300 for each entry: who was asked for least lately goes first.
 * For what never changes under its key: a block by its hash, a transaction by its id and its block's hash.
 */
export class QueryCache {
  readonly #maxBytes: number;
  /** Least lately asked for first. */
  readonly #entries = new Map<string, Uint8Array>();
  readonly #loading = new Map<string, Promise<Uint8Array | undefined>>();
  #bytes = 0;

  constructor({ maxBytes }: { readonly maxBytes: number }) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Uint8Array | undefined {
    const found = this.#entries.get(key);
    if (found === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, found);
    return found;
  }

  /** What takes more than a quarter of the cache is not kept: one block may not throw out all the others. */
  put(key: string, bytes: Uint8Array): void {
    const cost = costOf(bytes);
    if (cost > this.#maxBytes / 4) return;
    this.#remove(key);
    this.#entries.set(key, bytes);
    this.#bytes += cost;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#remove(oldest);
    }
  }

  /** What is kept, else what `load` gives; who asks while it loads gets the same. undefined is not kept. */
  async through(key: string, load: () => Promise<Uint8Array | undefined>): Promise<Uint8Array | undefined> {
    const kept = this.get(key);
    if (kept !== undefined) return kept;
    const underWay = this.#loading.get(key);
    if (underWay !== undefined) return underWay;
    const loading = load();
    this.#loading.set(key, loading);
    try {
      const bytes = await loading;
      if (bytes !== undefined) this.put(key, bytes);
      return bytes;
    } finally {
      this.#loading.delete(key);
    }
  }

  #remove(key: string): void {
    const found = this.#entries.get(key);
    if (found === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= costOf(found);
  }
}

function costOf(bytes: Uint8Array): number {
  return bytes.length + entryBytes;
}
