import { type Observable, type SchedulerLike, Subject } from "rxjs";
import {
  type ChainEvent,
  type ChainInfo,
  type ChainSource,
  type ChainTip,
  chainErrors,
} from "../chain/index.js";
import { monotonicScheduler } from "../clock.js";
import { errorMessage } from "../errors.js";
import type { Logger } from "../log.js";
import { recordingErrors } from "./errors.js";
import { openRecording, type Recording } from "./open-recording.js";
import type { RecordingOptions } from "./options.js";
import { paced } from "./play-recording.js";
import type { RecordedItem } from "./recorded-item.js";
import { RecordedNode, type RecordedQueries } from "./recorded-node.js";
import { isReplayed } from "./replayed-event.js";

export interface RecordingSourceDependencies {
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly scheduler?: SchedulerLike;
}

/** A chain source that plays a recording. */
export interface RecordingSource extends ChainSource {
  readonly queries: RecordedQueries;
  /** Settles when the recording was played (never with `loop`) or the source was closed; never rejects. */
  readonly finished: Promise<void>;
}

/**
 * Plays a recording: its events of the node, in their order, at the chosen pace. What the recording host said of itself and
 * of its modules is left out, and so is what modules and streams published, unless `sources` asks for it.
 *
 * - Tip, chain and mempool are what the events tell. A recording that began in the middle of a node's life tells nothing
 *   of what was before; difficulty and work of a block are told by few nodes, and stand at difficulty 1 until then.
 * - A loss that stands in the recording is logged at its place. A file that was cut ends at its last whole segment, and
 *   the log says so; where bytes changed, the log names the byte and the events end there.
 * - With `loop` the blocks are disconnected, tip first, and the mempool cleared before it begins anew.
 * - After its end the source stays at its tip until it is closed.
 *
 * @throws RECORDING_NOT_NAMED; `start` rejects with what {@link openRecording} throws
 */
export function createRecordingSource(
  dependencies: RecordingSourceDependencies,
  options: RecordingOptions,
): RecordingSource {
  if (options.file === undefined) throw recordingErrors.RECORDING_NOT_NAMED({});
  return new RecordedChain(dependencies, options, options.file);
}

class RecordedChain implements RecordingSource {
  readonly name = "recording";
  readonly events$: Observable<ChainEvent>;
  readonly queries: RecordedQueries;
  readonly finished: Promise<void>;
  readonly #log: RecordingSourceDependencies["log"];
  readonly #scheduler: SchedulerLike;
  readonly #options: RecordingOptions;
  readonly #file: string;
  readonly #events = new Subject<ChainEvent>();
  readonly #closing = new AbortController();
  readonly #node = new RecordedNode();
  #started: Promise<void> | undefined;
  #settleFinished: () => void = () => {};

  constructor(
    { log, scheduler = monotonicScheduler }: RecordingSourceDependencies,
    options: RecordingOptions,
    file: string,
  ) {
    this.#log = log;
    this.#scheduler = scheduler;
    this.#options = options;
    this.#file = file;
    this.events$ = this.#events.asObservable();
    this.queries = this.#node.queries(this.#closing.signal);
    this.finished = new Promise((resolve) => {
      this.#settleFinished = resolve;
    });
  }

  start(): Promise<void> {
    if (this.#closing.signal.aborted)
      return Promise.reject(chainErrors.CHAIN_SOURCE_CLOSED({ source: this.name }));
    this.#started ??= this.#open();
    return this.#started;
  }

  tip(): ChainTip | undefined {
    return this.#node.tip();
  }

  chainInfo(): ChainInfo | undefined {
    return this.#node.chainInfo();
  }

  async close(): Promise<void> {
    this.#closing.abort(chainErrors.CHAIN_SOURCE_CLOSED({ source: this.name }));
    const isPlaying = await this.#started?.then(
      () => true,
      () => false,
    );
    if (isPlaying !== true) this.#settleFinished();
    await this.finished;
    this.#events.complete();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #open(): Promise<void> {
    const recording = await openRecording(this.#file);
    const { flaw, header, segments } = recording;
    const about = { file: this.#file, segments: segments.length, packageVersion: header.packageVersion };
    this.#log.info(about, "a recording is played");
    if (flaw !== undefined)
      this.#log.warn(
        { ...about, ...flaw },
        `the recording is not whole: ${flaw.problem}; the rest is played`,
      );
    // Not before whoever awaits the start has gone on.
    this.#scheduler.schedule(() => {
      this.#play(recording)
        .catch((error: unknown) =>
          this.#log.error({ err: error }, `the recording stopped: ${errorMessage(error)}`),
        )
        .finally(() => recording.close())
        .finally(this.#settleFinished);
    });
  }

  async #play(recording: Recording): Promise<void> {
    const { signal } = this.#closing;
    for (let round = 1; !signal.aborted; round++) {
      let played = 0;
      for await (const item of paced(this.#replayed(recording), this.#pace())) {
        if (item.kind === "gap") {
          this.#log.warn(item.gap, `the recording lacks ${item.gap.count} events here`);
          continue;
        }
        const { type, payload } = item.event;
        this.#say({ type, payload } as ChainEvent);
        played++;
        if (signal.aborted) return;
      }
      if (signal.aborted) return;
      if (!this.#options.loop || played === 0) {
        this.#log.info({ played, tip: this.tip() }, "the recording has ended");
        return;
      }
      this.#log.info({ round: round + 1 }, `the recording begins anew, round ${round + 1}`);
      for (const event of this.#node.leave()) {
        this.#events.next(event);
        if (signal.aborted) return;
      }
    }
  }

  #say(event: ChainEvent): void {
    this.#node.take(event);
    this.#events.next(event);
  }

  #pace() {
    return { ...this.#options, scheduler: this.#scheduler, signal: this.#closing.signal };
  }

  async *#replayed(recording: Recording): AsyncGenerator<RecordedItem, void> {
    for await (const item of recording.read()) {
      if (item.kind === "gap" || isReplayed(item.event, this.#options.sources)) yield item;
    }
  }
}
