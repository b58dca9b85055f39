import type { Observable } from "rxjs";
import { errorCode, errorMessage } from "../../errors.js";
import { nearestName } from "../../events/index.js";
import type { Logger } from "../../log.js";
import { streamErrors } from "../errors.js";
import type { StreamProblem } from "../file/stream-problem.js";
import type { PreparedStream } from "../prepared-stream.js";
import { readStream } from "../read-stream.js";
import type { StreamItem } from "../stream-item.js";
import { ManagedStream, type ManagedStreamDependencies } from "./managed-stream.js";
import type { StreamStatus } from "./stream-status.js";

export interface StreamSetDependencies extends ManagedStreamDependencies {
  readonly log: Logger;
}

export interface StreamSetOptions {
  /** Files that are taken; a further one is told as a problem and not read. */
  readonly maxStreams: number;
}

/** Time that a stream whose file is gone has for what it holds. */
const LEAVE_MS = 5_000;

/** A file that gave no stream: what is wrong with it, and its text, which is tried again when a name comes free. */
interface BrokenFile {
  readonly file: string;
  /** Absent where the file can't be read. */
  readonly text?: string;
  readonly sinceMs: number;
  readonly problems: readonly StreamProblem[];
}

/**
 * The streams of a host, by the files that hold them. Whoever watches the files tells of them: {@link apply} for a new
 * or changed one, {@link remove} for one that is gone. Streams know nothing of one another.
 *
 * - A file that is broken leaves the generation that runs running; its problems are told beside it.
 * - Two files with one name: the second is refused, with a problem that names both, until the first one is gone.
 * - At most `maxStreams` files.
 */
export class StreamSet {
  readonly #deps: StreamSetDependencies;
  readonly #options: StreamSetOptions;
  readonly #streams = new Map<string, ManagedStream>();
  readonly #broken = new Map<string, BrokenFile>();
  /** Streams whose file is gone or names another stream, until they wrote what they held. */
  readonly #leaving = new Map<ManagedStream, Promise<void>>();
  #isClosed = false;

  constructor(deps: StreamSetDependencies, options: StreamSetOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** A file is there with this text: it starts a stream, replaces its generation, or is told as broken. Never throws. */
  apply(file: string, text: string): void {
    if (this.#isClosed) return;
    const known = this.#streams.get(file);
    try {
      const prepared = this.#read(file, text);
      this.#broken.delete(file);
      if (known === undefined) this.#add(file, prepared);
      else if (known.name !== prepared.name) {
        this.#end(known, `its file holds ${prepared.name} now`);
        this.#add(file, prepared);
        this.#tryBroken();
      } else {
        known.problems = [];
        if (known.hash !== prepared.hash) known.replace(prepared);
      }
    } catch (error) {
      this.#break(file, error, text);
    }
  }

  /** A file is there and can't be read: it is told as broken, and what runs of it runs on. */
  unreadable(file: string, reason: string): void {
    if (this.#isClosed) return;
    this.#break(
      file,
      wholeFile(file, reason, "a file that the host may read", "see its mode and where it leads"),
    );
  }

  /** The file is gone: its stream ends, and writes what it holds. */
  remove(file: string): void {
    this.#broken.delete(file);
    const known = this.#streams.get(file);
    if (known === undefined) return;
    this.#end(known, "its file is gone");
    this.#tryBroken();
  }

  /** In the order of the files' names. */
  list(): StreamStatus[] {
    const broken = [...this.#broken.values()].map(
      ({ file, sinceMs, problems }): StreamStatus => ({
        ...{ name: file, file, state: "broken", generation: 0, since_ms: sinceMs, restarts: 0 },
        ...{ last_error: null, next_try_ms: null, problems, parts: [] },
        intake: { in: 0, dropped: 0, held: 0 },
      }),
    );
    const all = [...[...this.#streams.values()].map((stream) => stream.status()), ...broken];
    return all.sort((a, b) => (a.file < b.file ? -1 : 1));
  }

  /** @throws STREAM_UNKNOWN with the nearest name */
  show(name: string): StreamStatus {
    const all = this.list();
    const found = all.find((status) => status.name === name) ?? all.find(({ file }) => file === name);
    if (found !== undefined) return found;
    const names = all.map((status) => status.name);
    throw streamErrors.STREAM_UNKNOWN({ name, names, nearest: nearestName(name, names) });
  }

  /**
   * What leaves a step of a running stream, or reaches a sink, from now on; completes with this life of the stream.
   * @throws STREAM_UNKNOWN, STREAM_UNKNOWN_STEP, STREAM_NOT_RUNNING
   */
  tap$(name: string, id: string): Observable<StreamItem> {
    const { state } = this.show(name);
    const stream = [...this.#streams.values()].find((candidate) => candidate.name === name);
    const tap$ = stream?.tap$(id);
    if (tap$ === undefined) throw streamErrors.STREAM_NOT_RUNNING({ stream: name, state });
    return tap$;
  }

  /** Ends all streams within the signal's time. Idempotent. */
  async close(signal: AbortSignal): Promise<void> {
    this.#isClosed = true;
    await Promise.all(
      [...this.#streams.values(), ...this.#leaving.keys()].map((stream) => stream.close(signal)),
    );
  }

  #read(file: string, text: string): PreparedStream {
    if (!this.#streams.has(file) && this.#streams.size >= this.#options.maxStreams)
      throw wholeFile(
        file,
        `file ${this.#streams.size + 1}`,
        `${this.#options.maxStreams} streams`,
        "raise streams.max_streams",
      );
    const prepared = readStream(text, file);
    const twin = [...this.#streams.values()].find(
      (stream) => stream.file !== file && stream.name === prepared.name,
    );
    if (twin === undefined) return prepared;
    throw wholeFile(
      file,
      `name ${prepared.name}, which ${twin.file} has`,
      "a name of its own",
      "rename one of both",
    );
  }

  /** Its successor by name or by file begins when it is at its end: both may write the same files. */
  #add(file: string, prepared: PreparedStream): void {
    const stream = new ManagedStream(file, prepared, this.#deps);
    this.#streams.set(file, stream);
    const before = [...this.#leaving].filter(([gone]) => gone.file === file || gone.name === prepared.name);
    stream.start(before.length === 0 ? undefined : Promise.all(before.map(([, end]) => end)));
  }

  #end(stream: ManagedStream, reason: string): void {
    const { file, name } = stream;
    this.#streams.delete(file);
    this.#deps.log.info({ file, stream: name }, `stream ${name} ends, ${reason}`);
    const end = stream.close(AbortSignal.timeout(LEAVE_MS)).then(() => {
      this.#leaving.delete(stream);
    });
    this.#leaving.set(stream, end);
  }

  /** A name and a place came free. */
  #tryBroken(): void {
    for (const { file, text } of [...this.#broken.values()]) if (text !== undefined) this.apply(file, text);
  }

  #break(file: string, error: unknown, text?: string): void {
    const known = this.#streams.get(file);
    const problems = problemsOf(error);
    const sinceMs = this.#deps.wallClockMs();
    if (known === undefined)
      this.#broken.set(file, { file, problems, sinceMs, ...(text !== undefined && { text }) });
    else known.problems = problems;
    this.#deps.log.warn(
      { file, stream: known?.name, code: errorCode(error), problems },
      `stream file ${file} is broken${known === undefined ? "" : `, generation ${known.status().generation} of ${known.name} runs on`}: ${errorMessage(error)}`,
    );
  }
}

function wholeFile(file: string, found: string, allowed: string, hint: string): Error {
  const problem: StreamProblem = { path: "", line: 1, column: 1, found, allowed, hint };
  return streamErrors.STREAM_INVALID({ file, problems: [problem] });
}

function problemsOf(error: unknown): readonly StreamProblem[] {
  const { details } = error as { readonly details?: { readonly problems?: readonly StreamProblem[] } };
  if (details?.problems !== undefined) return details.problems;
  const [path, line, column] = ["", 1, 1];
  return [{ path, line, column, found: errorMessage(error), allowed: "a stream that can be read" }];
}
