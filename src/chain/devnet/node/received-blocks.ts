import type { SchedulerLike, Subscription } from "rxjs";
import { errorMessage } from "../../../errors.js";
import type { Logger } from "../../../log.js";

/** Blocks of at most 4 MB each that wait to be checked. */
const MAX_BLOCKS = 16;

export interface ReceivedBlocksDependencies {
  readonly take: (block: Uint8Array) => unknown;
  readonly scheduler: SchedulerLike;
  readonly log: Logger;
}

/** Blocks that were handed in to be checked later: one at each turn of the event loop, in order. Closes with its owner. */
export class ReceivedBlocks {
  readonly #deps: ReceivedBlocksDependencies;
  readonly #blocks: Uint8Array[] = [];
  #timer: Subscription | undefined;

  constructor(deps: ReceivedBlocksDependencies) {
    this.#deps = deps;
  }

  /** Copies the bytes. @returns false when 16 blocks wait: then this one is left out */
  offer(block: Uint8Array): boolean {
    if (this.#blocks.length >= MAX_BLOCKS) return false;
    this.#blocks.push(Uint8Array.from(block));
    this.#timer ??= this.#deps.scheduler.schedule(() => this.#next());
    return true;
  }

  /** What waits is dropped. */
  close(): void {
    this.#timer?.unsubscribe();
    this.#blocks.length = 0;
  }

  #next(): void {
    this.#timer = undefined;
    const block = this.#blocks.shift();
    if (block === undefined) return;
    try {
      this.#deps.take(block);
    } catch (error) {
      this.#deps.log.warn({ err: error }, `a received block could not be taken: ${errorMessage(error)}`);
    }
    if (this.#blocks.length > 0) this.#timer = this.#deps.scheduler.schedule(() => this.#next());
  }
}
