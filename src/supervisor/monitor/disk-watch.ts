import type { SchedulerLike, Subscription } from "rxjs";
import { errorMessage } from "../../errors.js";
import type { Logger } from "../../log.js";
import { byteText } from "./byte-text.js";
import type { DiskSpace } from "./disk-space.js";
import { Hysteresis } from "./hysteresis.js";
import type { Publish } from "./publish.js";
import { repeating } from "./repeating.js";

export interface DiskWatchDependencies {
  readonly publish: Publish;
  readonly log: Logger;
  readonly scheduler: SchedulerLike;
  readonly readSpace: (path: string) => Promise<DiskSpace>;
  /** Called at each reading for as long as space is low. */
  readonly onLow: () => void;
}

export interface DiskWatchOptions {
  /** A path on the disk in question. */
  readonly path: string;
  /** Space is low when less than this part is free, 0 to 100. */
  readonly lowPercent: number;
}

/** What is known of the disk. */
export interface DiskReading extends DiskSpace {
  readonly percentFree: number;
  readonly isLow: boolean;
}

const PERIOD_MS = 10_000;
const REARM_POINTS = 2;

/**
 * Reads the free space of a disk every ten seconds. DiskSpaceLow is published once when it falls below the level, and
 * again only after it was two points above. One reading at a time: a disk that doesn't answer is not asked again.
 */
export class DiskWatch {
  readonly #deps: DiskWatchDependencies;
  readonly #options: DiskWatchOptions;
  readonly #level: Hysteresis;
  #timer: Subscription | undefined;
  #running: Promise<void> | undefined;
  #reading: DiskReading | undefined;
  #isFailing = false;
  #isClosed = false;

  constructor(deps: DiskWatchDependencies, options: DiskWatchOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#level = new Hysteresis(100 - options.lowPercent, REARM_POINTS);
  }

  /** The last reading; undefined before the first and while the disk can't be read. */
  get reading(): DiskReading | undefined {
    return this.#reading;
  }

  /** Starts the timer; resolves after the first reading. */
  start(): Promise<void> {
    const { scheduler, log } = this.#deps;
    this.#timer ??= repeating(
      scheduler,
      PERIOD_MS,
      () => void this.#readOnce(),
      (cause) => log.error({ err: cause }, "watching the disk failed"),
    );
    return this.#readOnce();
  }

  /** Stops the timer; what a running reading finds is no longer told. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.unsubscribe();
  }

  #readOnce(): Promise<void> {
    this.#running ??= this.#read().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #read(): Promise<void> {
    try {
      const space = await this.#deps.readSpace(this.#options.path);
      if (!this.#isClosed) this.#note(space);
    } catch (cause) {
      this.#noteFailure(cause);
    }
  }

  #note(space: DiskSpace): void {
    this.#isFailing = false;
    // A file system without a size, as of a kernel interface, can't run full.
    const percentFree = space.totalBytes > 0 ? (space.availableBytes / space.totalBytes) * 100 : 100;
    const crossing = this.#level.note(100 - percentFree);
    const isLow = this.#level.isOver;
    this.#reading = { ...space, percentFree, isLow };
    if (crossing === "entered") this.#tellLow(space, percentFree);
    if (crossing === "left") {
      this.#deps.log.info(
        { path: this.#options.path, percent_free: percentFree },
        `disk space is no longer low: ${byteText(space.availableBytes)} are free`,
      );
    }
    if (isLow) this.#deps.onLow();
  }

  #tellLow({ availableBytes, totalBytes }: DiskSpace, percentFree: number): void {
    const { path, lowPercent } = this.#options;
    const rounded = Math.round(percentFree * 100) / 100;
    this.#deps.log.warn(
      { path, available_bytes: availableBytes, percent_free: rounded },
      `disk space is low: ${rounded} % of ${byteText(totalBytes)} are free at ${path}, ${lowPercent} % is the level to warn at; delete what is not needed`,
    );
    this.#deps.publish("DiskSpaceLow", {
      available_bytes: availableBytes,
      total_bytes: totalBytes,
      percent_free: rounded,
      disk_path: path,
    });
  }

  #noteFailure(cause: unknown): void {
    this.#reading = undefined;
    if (this.#isFailing || this.#isClosed) return;
    this.#isFailing = true;
    const { path } = this.#options;
    this.#deps.log.warn({ path, reason: errorMessage(cause) }, `the disk space at ${path} can't be read`);
  }
}
