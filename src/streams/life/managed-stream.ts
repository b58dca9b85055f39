import { type Observable, Subscription } from "rxjs";
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
 * - A stream that fails is started again after a growing delay; events in between are not seen by it.
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
  #handOver: Promise<void> | undefined;
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

  /** The first generation. */
  start(): void {
    this.#generation = 1;
    this.#begin(this.#ports);
  }

  /** The next generation takes the place of the one that runs, or that waits for its next try. */
  replace(prepared: PreparedStream): void {
    if (this.#isClosed) return;
    const old = this.#running;
    const isCarried = prepared.onReload === "carry";
    this.#prepared = prepared;
    this.#generation++;
    this.#delay.forget();
    this.#nextTry.unsubscribe();
    this.#nextTryMs = null;
    this.#interim?.close();
    this.#interim = undefined;
    if (old === undefined && this.#handOver === undefined) {
      this.#begin(this.#ports);
      return;
    }
    const carried = isCarried ? old?.carry() : undefined;
    this.#interim = this.#keepEvents(prepared);
    this.#handOver = this.#afterOld(old, prepared, carried);
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

  /** Ends it within the signal's time; nothing of it is left. Idempotent. */
  async close(signal: AbortSignal): Promise<void> {
    this.#isClosed = true;
    this.#nextTry.unsubscribe();
    this.#interim?.close();
    this.#interim = undefined;
    const running = this.#running;
    await running?.close({ signal });
    await this.#handOver;
  }

  #keepEvents(prepared: PreparedStream): InterimEvents {
    const { source } = prepared;
    const also = prepared.steps.flatMap((step) => step.prepared.alsoNeeds ?? []);
    const own = source.kind === "events" ? source.types : [];
    return new InterimEvents(this.#ports, [...new Set([...own, ...also])], source.capacity);
  }

  async #afterOld(
    old: RunningStream | undefined,
    prepared: PreparedStream,
    carried: ReadonlyMap<string, unknown> | undefined,
  ): Promise<void> {
    const before = this.#handOver;
    const ending = old?.close({
      signal: AbortSignal.timeout(HAND_OVER_MS),
      isCarried: carried !== undefined,
    });
    await before;
    await ending;
    const interim = this.#interim;
    // A newer file came meanwhile, or the end of all.
    if (this.#isClosed || prepared !== this.#prepared || interim === undefined) return;
    this.#interim = undefined;
    this.#handOver = undefined;
    this.#begin(interim.ports(), carried);
    interim.close();
    this.#totals.addDropped(interim.dropped);
  }

  #begin(ports: StreamPorts, carried?: ReadonlyMap<string, unknown>): void {
    const { scheduler, log } = this.#ports;
    const { name: stream } = this;
    this.#startedAtMs = scheduler.now();
    try {
      const running = startStream(this.#prepared, ports, carried === undefined ? {} : { carried });
      this.#running = running;
      this.#become("running");
      const generation = this.#generation;
      log.info({ stream, generation, file: this.file }, `stream ${stream} runs, generation ${generation}`);
      void running.ended.then((end) => this.#ended(running, end));
    } catch (error) {
      this.#failed(error);
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
    const delayMs = this.#delay.nextMs(scheduler.now() - this.#startedAtMs);
    this.#lastError = `${step === undefined ? "" : `${step}: `}${errorMessage(error)}`;
    this.#become("restarting");
    this.#nextTryMs = this.#sinceMs + delayMs;
    log.warn(
      { stream, step, code: errorCode(error), delayMs },
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
