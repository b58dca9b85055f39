import { NEVER, type Observable, Subscription } from "rxjs";
import { errorCode, errorMessage } from "../../errors.js";
import type { StreamProblem } from "../file/stream-problem.js";
import type { PreparedStream } from "../prepared-stream.js";
import { startStream } from "../run/start-stream.js";
import type { RunningStream, StreamEnd, StreamPorts } from "../running-stream.js";
import type { StreamItem } from "../stream-item.js";
import { InterimEvents } from "./interim-events.js";
import { PartTotals } from "./part-totals.js";
import { RestartDelay } from "./restart-delay.js";
import type { StreamState, StreamStatus } from "./stream-status.js";

/** Time that an old generation has for what its sinks hold, before the new one begins. */
const HAND_OVER_MS = 5_000;
/** Failures that no further try in this process mends: the file must change, or the host start anew. */
const lastingFailures: ReadonlySet<string | undefined> = new Set([
  "STREAM_NO_NODE",
  "STREAM_NO_RECORDINGS",
  "SINK_ENV_MISSING",
]);

/** What the newest generation waits for. */
interface HandOver {
  /** Settles when the old one is at its end; never rejects. */
  readonly ended: Promise<unknown>;
  /** What the old one's steps hold, where it left it to a successor: nobody has emitted it. */
  readonly carried?: { readonly from: PreparedStream; readonly states: ReadonlyMap<string, unknown> };
}

export interface ManagedStreamDependencies {
  /** What a stream of this name is lent. */
  readonly portsOf: (name: string) => StreamPorts;
  /** Milliseconds since 1970. */
  readonly wallClockMs: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/**
 * One stream of a host over its lives: generations of its file, and restarts after failures. It owns the running stream,
 * the wait for the next try, and the events between two generations.
 *
 * - A new generation begins when the old one has written what it held (`on_reload: flush`), or takes over what its equal
 *   steps hold (`carry`). Events in between wait for it, up to the source's capacity: none is lost or doubled.
 * - Of several changes within one hand-over only the newest generation begins. It inherits the events that wait, and what
 *   was carried; where it says `flush`, the generation that held it emits it first.
 * - A stream that fails is started again after a growing delay; events in between are not seen by it. One whose failure
 *   no further try can mend stays failed until its file changes.
 * - A stream that completed stays so until its file changes.
 */
export class ManagedStream {
  readonly file: string;
  #prepared: PreparedStream;
  readonly #deps: ManagedStreamDependencies;
  readonly #ports: StreamPorts;
  readonly #totals = new PartTotals();
  readonly #delay: RestartDelay;
  #running: RunningStream | undefined;
  #state: StreamState = "restarting";
  #sinceMs: number;
  #startedAtMs = 0;
  #generation = 0;
  #restarts = 0;
  #lastError: string | null = null;
  #nextTryMs: number | null = null;
  #nextTry = Subscription.EMPTY;
  #interim: InterimEvents | undefined;
  #handOver: HandOver | undefined;
  #arriving: Promise<void> = Promise.resolve();
  /** Ends what is under way when the time for closing is over. */
  readonly #ending = new AbortController();
  #isClosed = false;
  problems: readonly StreamProblem[] = [];

  constructor(file: string, prepared: PreparedStream, deps: ManagedStreamDependencies) {
    this.file = file;
    this.#prepared = prepared;
    this.#deps = deps;
    this.#ports = deps.portsOf(prepared.name);
    this.#delay = new RestartDelay(deps.random);
    this.#sinceMs = deps.wallClockMs();
  }

  get name(): string {
    return this.#prepared.name;
  }

  get hash(): string {
    return this.#prepared.hash;
  }

  /**
   * The first generation.
   * @param after what must be over before, such as a stream that writes the same files; never rejects
   */
  start(after?: Promise<unknown>): void {
    this.#generation = 1;
    if (after === undefined) this.#begin(this.#ports);
    else this.#await({ ended: after });
  }

  /** The next generation takes the place of the one that runs, or that waits for its next try. */
  replace(prepared: PreparedStream): void {
    if (this.#isClosed) return;
    const from = this.#prepared;
    const running = this.#running;
    const before = this.#handOver;
    this.#prepared = prepared;
    this.#generation++;
    this.#delay.forget();
    this.#nextTry.unsubscribe();
    this.#nextTryMs = null;
    if (before !== undefined) this.#await(this.#instead(before));
    else if (running !== undefined) this.#await(this.#leave(running, from));
    else this.#begin(this.#ports);
  }

  tap$(id: string): Observable<StreamItem> | undefined {
    return this.#running?.tap$(id);
  }

  status(): StreamStatus {
    return {
      name: this.name,
      file: this.file,
      state: this.#state,
      generation: this.#generation,
      since_ms: this.#sinceMs,
      restarts: this.#restarts,
      last_error: this.#lastError,
      next_try_ms: this.#nextTryMs,
      problems: this.problems,
      intake: this.#totals.intake(this.#running),
      parts: this.#totals.parts(this.#prepared, this.#running),
    };
  }

  /**
   * Ends it within the signal's time; nothing of it is left. A generation that waits still takes what was kept for it.
   * Idempotent.
   */
  async close(signal: AbortSignal): Promise<void> {
    this.#isClosed = true;
    this.#nextTry.unsubscribe();
    this.#nextTryMs = null;
    this.#interim?.stop();
    const giveUp = () => this.#ending.abort();
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    if (this.#handOver !== undefined) await this.#arriving;
    await this.#running?.close({ signal });
    signal.removeEventListener("abort", giveUp);
  }

  #leave(old: RunningStream, from: PreparedStream): HandOver {
    const isCarried = this.#prepared.onReload === "carry";
    const states = isCarried ? old.carry() : undefined;
    const ended = old.close({ signal: this.#handOverTime(), isCarried });
    return { ended, ...(states !== undefined && { carried: { from, states } }) };
  }

  /** The hand-over to a generation that overtook another one: the old one has flushed or left what it held, once. */
  #instead({ ended, carried }: HandOver): HandOver {
    if (carried === undefined) return { ended };
    if (this.#prepared.onReload === "carry") return { ended, carried };
    return { ended: ended.then(() => this.#flush(carried)) };
  }

  /** Nobody takes over what was carried: the generation that held it emits it, as if it had never left it. */
  async #flush({ from, states }: NonNullable<HandOver["carried"]>): Promise<void> {
    const again = this.#run(from, { ...this.#ports, events$: () => NEVER }, states);
    await again?.close({ signal: this.#handOverTime() });
  }

  #handOverTime(): AbortSignal {
    return AbortSignal.any([AbortSignal.timeout(HAND_OVER_MS), this.#ending.signal]);
  }

  /** Keeps the events until the newest generation begins. */
  #await(handOver: HandOver): void {
    const { source, steps } = this.#prepared;
    const also = steps.flatMap((step) => step.prepared.alsoNeeds ?? []);
    const own = source.kind === "events" ? source.types : [];
    const types = [...new Set([...own, ...also])];
    const before = this.#interim;
    this.#interim = new InterimEvents(this.#ports, { types, capacity: source.capacity, before });
    this.#handOver = handOver;
    this.#arriving = handOver.ended.then(() => this.#arrive(handOver));
  }

  #arrive(handOver: HandOver): void {
    const interim = this.#interim;
    // A newer file came meanwhile.
    if (this.#handOver !== handOver || interim === undefined) return;
    this.#interim = undefined;
    this.#handOver = undefined;
    if (!this.#ending.signal.aborted) this.#begin(interim.ports(), handOver.carried?.states);
    interim.close();
    this.#totals.addDropped(interim.dropped);
  }

  #begin(ports: StreamPorts, carried?: ReadonlyMap<string, unknown>): void {
    const { scheduler, log } = this.#ports;
    const { name: stream } = this;
    this.#startedAtMs = scheduler.now();
    if (this.#run(this.#prepared, ports, carried) === undefined) return;
    this.#become("running");
    const generation = this.#generation;
    log.info({ stream, generation, file: this.file }, `stream ${stream} runs, generation ${generation}`);
  }

  /** @returns undefined when it failed at its start */
  #run(
    prepared: PreparedStream,
    ports: StreamPorts,
    carried: ReadonlyMap<string, unknown> | undefined,
  ): RunningStream | undefined {
    try {
      const running = startStream(prepared, ports, carried === undefined ? {} : { carried });
      this.#running = running;
      void running.ended.then((end) => this.#ended(running, end));
      return running;
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  #ended(running: RunningStream, end: StreamEnd): void {
    this.#totals.add(running);
    // A generation that was replaced ends without a word.
    if (this.#running !== running) return;
    this.#running = undefined;
    // Its successor is under way, however it ended.
    if (this.#isClosed || this.#handOver !== undefined || end.cause === "closed") return;
    if (end.cause === "completed") {
      this.#become("completed");
      this.#ports.log.info({ stream: this.name }, `stream ${this.name} completed`);
    } else if (end.cause === "failed") this.#failed(end.error, end.stepId);
  }

  #failed(error: unknown, step?: string): void {
    const { scheduler, log } = this.#ports;
    const { name: stream } = this;
    const code = errorCode(error);
    this.#lastError = `${step === undefined ? "" : `${step}: `}${errorMessage(error)}`;
    const isEnding = this.#isClosed || this.#handOver !== undefined;
    if (isEnding || lastingFailures.has(code)) {
      this.#become("failed");
      const next = isEnding
        ? "at its end"
        : "and is not tried again before its file changes or the host starts anew";
      log.warn({ stream, step, code }, `stream ${stream} failed ${next}: ${this.#lastError}`);
      return;
    }
    const delayMs = this.#delay.nextMs(scheduler.now() - this.#startedAtMs);
    this.#become("restarting");
    this.#nextTryMs = this.#sinceMs + delayMs;
    log.warn(
      { stream, step, code, delayMs },
      `stream ${stream} failed and is tried again in ${(delayMs / 1000).toFixed(1)} s: ${this.#lastError}`,
    );
    this.#nextTry = scheduler.schedule(() => {
      this.#nextTryMs = null;
      this.#restarts++;
      this.#begin(this.#ports);
    }, delayMs);
  }

  #become(state: StreamState): void {
    this.#state = state;
    this.#sinceMs = this.#deps.wallClockMs();
  }
}
