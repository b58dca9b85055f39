import type { Readable } from "node:stream";
import { asyncScheduler, type SchedulerLike } from "rxjs";
import type { Logger } from "../log.js";
import { escapeText } from "./escape-text.js";
import { LineSplitter, type OutputLine } from "./line-splitter.js";
import { lacksPackage, missingPackageAdvice } from "./missing-package.js";
import { TokenBucket } from "./token-bucket.js";

const mebibyte = 1_048_576;
// Charged per line on top of its bytes: for short lines the log's own work is what costs (about 10 µs each).
const lineOverheadBytes = 512;

const launcherLine = /^(bwrap|env|prlimit|setpriv): \S/;
const MAX_LAUNCHER_CHARACTERS = 500;

export interface OutputLogOptions {
  readonly moduleName: string;
  /** Output that is read per second, both streams together; a line counts its bytes and 512 more. */
  readonly bytesPerSecond?: number;
  readonly burstBytes?: number;
  /** A longer line is logged in pieces, all but the last with `cut: true`. */
  readonly maxLineBytes?: number;
  /** How long `finish` waits for the streams to end. */
  readonly drainMs?: number;
  /** How much of each stream `finish` still logs. */
  readonly drainBytes?: number;
  /** Takes each line of standard error as it is logged. */
  readonly onErrorLine?: (text: string) => void;
}

export interface OutputLog {
  /**
   * The last line, escaped and cut to {@link MAX_LAUNCHER_CHARACTERS}, with which one of the programs that start a module
   * complained on standard error; undefined for none. A module that imitates one is believed.
   */
  readonly launcherSaid: string | undefined;
  /**
   * To be called when the process is dead: logs what is left in its pipes without regard to the rate,
   * at most `drainBytes` and `drainMs`, then destroys both streams. Idempotent, never rejects.
   */
  finish(): Promise<void>;
}

/**
 * Logs a module's standard output (info) and standard error (warn) line by line under the module's name,
 * escaped, blank lines left out, an unfinished line when its stream ends. A module that writes faster than
 * the limit is not read any further until its tokens are back, so it waits and the host does not; one
 * warning per episode, which ends when the module has been quiet long enough to fill the bucket.
 * Holds at most one chunk and one unfinished line per stream. Takes the streams over.
 */
export function logOutput(
  deps: { readonly log: Logger; readonly scheduler?: SchedulerLike },
  streams: { readonly stdout: Readable; readonly stderr: Readable },
  options: OutputLogOptions,
): OutputLog {
  const { scheduler = asyncScheduler } = deps;
  const { moduleName, bytesPerSecond = mebibyte, burstBytes = mebibyte } = options;
  const { maxLineBytes = 8192, drainMs = 500, drainBytes = 262_144 } = options;
  const log = deps.log.child({ module: moduleName });
  let isHeld = false;
  let isFinishing = false;
  let launcherSaid: string | undefined;
  let isAdvised = false;
  const bucket = new TokenBucket(scheduler, {
    perSecond: bytesPerSecond,
    burst: burstBytes,
    onFull: () => {
      isHeld = false;
    },
  });

  function holdUp(): Promise<void> {
    if (!isHeld) {
      isHeld = true;
      log.warn({ bytes_per_second: bytesPerSecond }, "writes output faster than the limit and is held up");
    }
    return bucket.refilled();
  }

  function writeLine(stream: "stdout" | "stderr", { bytes, isCut }: OutputLine): void {
    const fields = isCut ? { stream, cut: true } : { stream };
    if (bytes.length === 0) return;
    const text = escapeText(bytes.toString("utf8"));
    if (stream === "stderr" && launcherLine.test(text)) launcherSaid = text.slice(0, MAX_LAUNCHER_CHARACTERS);
    log[stream === "stdout" ? "info" : "warn"](fields, text);
    if (stream === "stderr") noteErrorLine(text);
  }

  function noteErrorLine(text: string): void {
    options.onErrorLine?.(text);
    if (isAdvised || !lacksPackage(text)) return;
    isAdvised = true;
    log.warn({}, missingPackageAdvice);
  }

  async function readLines(name: "stdout" | "stderr", splitter: LineSplitter): Promise<void> {
    let drainLeftBytes = drainBytes;
    for await (const chunk of streams[name]) {
      for (const line of splitter.push(chunk)) {
        const cost = line.bytes.length + lineOverheadBytes;
        while (!bucket.tryTake(cost)) await holdUp();
        if (isFinishing) drainLeftBytes -= cost;
        if (drainLeftBytes < 0) return log.warn({ stream: name }, "the rest of its output is not shown");
        writeLine(name, line);
      }
    }
  }

  async function follow(name: "stdout" | "stderr"): Promise<void> {
    const splitter = new LineSplitter({ maxBytes: maxLineBytes });
    try {
      await readLines(name, splitter);
    } catch {
      // The pipe broke or finish() cut it off: what came before it is logged.
    }
    const last = splitter.flush();
    if (last !== undefined) writeLine(name, last);
  }

  const followed = Promise.all([follow("stdout"), follow("stderr")]);
  void followed.then(() => bucket.close());
  return {
    get launcherSaid() {
      return launcherSaid;
    },
    async finish() {
      isFinishing = true;
      bucket.close();
      const limit = scheduler.schedule(() => {
        streams.stdout.destroy();
        streams.stderr.destroy();
      }, drainMs);
      await followed;
      limit.unsubscribe();
    },
  };
}
