import { streamErrors } from "../errors.js";

/** Who writes a file: a sink of a stream, by name. */
export interface FileOwner {
  readonly stream: string;
  readonly sink: string;
}

/** Holds files until it is released. Idempotent. */
export interface FileClaim {
  release(): void;
}

interface Holding {
  readonly owner: FileOwner;
  readonly released: Promise<void>;
}

/**
 * Keeps two sinks from writing one file. The same sink of a later generation of its stream waits until its predecessor
 * released the file; any other is refused.
 */
export class FileClaims {
  readonly #holdings = new Map<string, Holding>();

  /**
   * Claims all of the paths or none; paths are absolute and without links.
   * @throws SINK_FILE_TAKEN
   */
  async claim(paths: readonly string[], owner: FileOwner): Promise<FileClaim> {
    for (let held = this.#heldOf(paths); held !== undefined; held = this.#heldOf(paths)) {
      const [path, { owner: holder, released }] = held;
      if (holder.stream !== owner.stream || holder.sink !== owner.sink)
        throw streamErrors.SINK_FILE_TAKEN({ path, by: `sink ${holder.sink} of stream ${holder.stream}` });
      await released;
    }
    let resolve = () => {};
    const released = new Promise<void>((settle) => {
      resolve = settle;
    });
    for (const path of paths) this.#holdings.set(path, { owner, released });
    let isReleased = false;
    return {
      release: () => {
        if (isReleased) return;
        isReleased = true;
        for (const path of paths) this.#holdings.delete(path);
        resolve();
      },
    };
  }

  #heldOf(paths: readonly string[]): [string, Holding] | undefined {
    for (const path of paths) {
      const holding = this.#holdings.get(path);
      if (holding !== undefined) return [path, holding];
    }
    return undefined;
  }
}
