import { errorCode } from "../../../errors.js";
import type { Logger } from "../../../log.js";
import type { SinkRuntime } from "../../sink.js";
import { LineFile } from "../line-file.js";

const MIB = 2 ** 20;
/** Dead letters take no more than this on the disk: three files of 10 MiB, the oldest goes. */
const ROTATION = { maxBytes: 10 * MIB, maxFiles: 3, fsync: "interval", fsyncIntervalMs: 1000 } as const;

/** A delivery that was given up. */
export interface DeadLetter {
  readonly delivery: string;
  readonly reason: string;
  readonly attempts: number;
  /** The items as JSON; without them where they were too large to be sent. */
  readonly items: readonly string[];
  /** Items that it stands for. */
  readonly count: number;
}

/** Writes deliveries that were given up to a file of lines of JSON, and counts them. Never rejects. */
export class DeadLetters {
  readonly #file: LineFile | undefined;
  readonly #runtime: SinkRuntime;
  readonly #log: Logger;
  #hasFailed = false;

  constructor(path: string | undefined, runtime: SinkRuntime) {
    const { ports, streamName, id, scheduler, log } = runtime;
    this.#runtime = runtime;
    this.#log = log;
    this.#file =
      path === undefined
        ? undefined
        : new LineFile(
            {
              filesDir: ports.filesDir,
              claims: ports.fileClaims,
              owner: { stream: streamName, sink: id },
              scheduler,
              log,
            },
            { path, ...ROTATION },
          );
  }

  async write({ delivery, reason, attempts, items, count }: DeadLetter): Promise<void> {
    if (this.#file === undefined) return;
    const { streamName, id, counters } = this.#runtime;
    const about = {
      at: new Date().toISOString(),
      stream: streamName,
      sink: id,
      delivery,
      reason,
      attempts,
      count,
    };
    const { error } = await this.#file.append([
      `${JSON.stringify(about).slice(0, -1)},"items":[${items.join(",")}]}`,
    ]);
    if (error === undefined) {
      counters.deadLetters += count;
      this.#hasFailed = false;
      return;
    }
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#log.warn({ err: error, code: errorCode(error) }, "a dead letter can't be written; it is lost");
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}
