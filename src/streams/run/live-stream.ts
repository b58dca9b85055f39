import { Observable, Subject, Subscription } from "rxjs";
import { errorCode } from "../../errors.js";
import { type EventType, nearestName } from "../../events/index.js";
import type { Logger } from "../../log.js";
import { streamErrors } from "../errors.js";
import { failedStepOf, noteFailedStep } from "../failed-step.js";
import type { PreparedStream, PreparedStreamStep } from "../prepared-stream.js";
import type { IntakeCounters, RunningStream, StreamEnd, StreamPorts } from "../running-stream.js";
import type { StepRuntime } from "../step.js";
import { StepCounters } from "../step-counters.js";
import type { StreamItem } from "../stream-item.js";
import { countedStep } from "./counted-step.js";
import { Intake } from "./intake.js";
import { LiveSinks } from "./live-sinks.js";
import { SideEvents } from "./side-events.js";
import { sourceItems } from "./source-items.js";
import type { StartOptions } from "./start-options.js";
import { stepEvaluation } from "./step-evaluation.js";

/** Time that steps have, when a stream is closed, for what they still wait for; then it is given up. */
const FLUSH_MS = 1_000;
/** Time that sinks have for what they hold when a stream ends by itself. */
const FINISH_MS = 30_000;
/** Names the source where a step's id would stand. */
const SOURCE_ID = "source";

/** One life of a stream: the intake, the chain of steps, the sinks, and how they end. */
export class LiveStream implements RunningStream {
  readonly ended: Promise<StreamEnd>;
  readonly counters: ReadonlyMap<string, StepCounters>;
  readonly #prepared: PreparedStream;
  readonly #ports: StreamPorts;
  readonly #options: StartOptions;
  readonly #log: Logger;
  readonly #sinks: LiveSinks;
  readonly #intake: Intake;
  readonly #head = new Subject<StreamItem>();
  readonly #sides = new SideEvents();
  readonly #taps: ReadonlyMap<string, Subject<StreamItem>>;
  readonly #kept = new Map<string, () => unknown>();
  readonly #source = new Subscription();
  readonly #chain = new Subscription();
  readonly #finishing = new AbortController();
  readonly #sourceTypes: ReadonlySet<string>;
  readonly #alsoNeeded: readonly EventType[];
  readonly #toSinks = (item: StreamItem) => this.#sinks.offer(item, this.#tap);
  readonly #tap = (id: string, item: StreamItem) => {
    const tap = this.#taps.get(id);
    if (tap?.observed) tap.next(item);
  };
  #resolveEnded: (end: StreamEnd) => void = () => {};
  #isSourceDone = false;
  #isClosing = false;
  #isFinished = false;
  #whenOpen: (() => void) | undefined;

  /** @throws what a sink throws that can't be opened */
  constructor(prepared: PreparedStream, ports: StreamPorts, options: StartOptions) {
    this.#prepared = prepared;
    this.#ports = ports;
    this.#options = options;
    this.#log = ports.log.child({ stream: prepared.name });
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    const log = this.#log;
    this.#intake = new Intake(
      {
        isBlocked: () => this.#sinks.isBlocked,
        handle: (item) => this.#handle(item),
        onIdle: () => this.#afterItems(),
        log,
      },
      prepared.source,
    );
    this.#sinks = new LiveSinks(prepared.sinks, {
      ...{ streamName: prepared.name, ports, log, openSink: options.openSink },
      onRoom: () => this.#intake.resume(),
    });
    this.#sourceTypes = new Set(prepared.source.kind === "generate" ? [] : prepared.source.types);
    this.#alsoNeeded = [...new Set(prepared.steps.flatMap((step) => step.prepared.alsoNeeds ?? []))];
    const steps = prepared.steps.map(({ id }) => [id, new StepCounters()] as const);
    this.counters = new Map([...steps, ...this.#sinks.counters]);
    this.#taps = new Map([...this.counters.keys()].map((id) => [id, new Subject<StreamItem>()]));
  }

  get intake(): Readonly<IntakeCounters> {
    return this.#intake.counters;
  }

  /** Called once. @throws what a step throws that can't run here, STREAM_NO_RECORDINGS */
  start(): this {
    try {
      const steps$ = this.#prepared.steps.reduce(
        (source$, step) => source$.pipe(this.#step(step), noteFailedStep(step.id)),
        this.#head.pipe(noteFailedStep(SOURCE_ID)),
      );
      const { name: streamName, source } = this.#prepared;
      const source$ = sourceItems(source, this.#alsoNeeded, this.#ports, {
        streamName,
        whenOpen: () => this.#untilOpen(),
      });
      this.#chain.add(
        steps$.subscribe({
          next: (item) => this.#intake.during(this.#toSinks, item),
          error: (error: unknown) => this.#fail(error),
          complete: () => this.#complete(),
        }),
      );
      // Owned before the first item comes: a stream that ends while it is subscribing takes no more.
      const owned$ = new Observable<StreamItem>((subscriber) => {
        this.#source.add(subscriber);
        return source$.subscribe(subscriber);
      });
      owned$.subscribe({
        next: (item) => this.#intake.offer(item),
        error: (error: unknown) => this.#failSource(error),
        complete: () => {
          this.#isSourceDone = true;
          if (this.#intake.isIdle) this.#afterItems();
        },
      });
      return this;
    } catch (error) {
      this.#finishing.abort();
      this.#finish({ cause: "failed", stepId: SOURCE_ID, error });
      throw error;
    }
  }

  tap$(id: string): Observable<StreamItem> {
    const tap = this.#taps.get(id);
    if (tap !== undefined) return tap.asObservable();
    const ids = [...this.#taps.keys()];
    const nearest = nearestName(id, ids);
    throw streamErrors.STREAM_UNKNOWN_STEP({ stream: this.#prepared.name, id, ids, nearest });
  }

  carry(): ReadonlyMap<string, unknown> {
    this.#intake.drain();
    const states = new Map<string, unknown>();
    for (const [key, state] of this.#kept)
      try {
        states.set(key, state());
      } catch (error) {
        this.#log.warn({ err: error, code: errorCode(error) }, "a step could not keep what it holds");
      }
    return states;
  }

  close({ signal, isCarried = false }: { readonly signal: AbortSignal; readonly isCarried?: boolean }) {
    this.#endWith(signal);
    if (this.#isClosing || this.#isFinished) return this.ended;
    this.#isClosing = true;
    this.#source.unsubscribe();
    if (isCarried) this.#handOver();
    else this.#flush(signal);
    return this.ended;
  }

  #step(step: PreparedStreamStep) {
    const { id, prepared, onError } = step;
    const counters = this.counters.get(id) as StepCounters;
    const log = this.#log.child({ step: id });
    const key = `${id} ${step.fingerprint}`;
    let carried = this.#options.carried?.get(key);
    const { scheduler, query } = this.#ports;
    const runtime: StepRuntime = {
      ...{ scheduler, counters, log },
      ...(query !== undefined && { query }),
      evaluate: stepEvaluation({ counters, log }, onError),
      events$: (...types) => this.#sides.events$(...types),
      carried: () => {
        const once = carried;
        carried = undefined;
        return once;
      },
      keep: (state) => this.#kept.set(key, state),
    };
    const { watch } = this.#options;
    return countedStep(prepared, runtime, {
      passed: (item) => this.#tap(id, item),
      failed: (error) => watch?.failed(id, error),
      completed: () => watch?.completed(id),
    });
  }

  #handle(item: StreamItem): void {
    const { kind } = this.#prepared.source;
    if (this.#alsoNeeded.length === 0 && kind !== "recording") return this.#head.next(item);
    const type = (item.value as { readonly type?: string }).type ?? "";
    if (kind === "generate" ? type === "" : this.#sourceTypes.has(type)) this.#head.next(item);
    if (type !== "") this.#sides.next(type, item);
  }

  /** Nothing is handled and nothing waits: a source that can wait goes on, and one that completed ends the steps. */
  #afterItems(): void {
    this.#whenOpen?.();
    if (!this.#isSourceDone || this.#isFinished) return;
    this.#isSourceDone = false;
    this.#completeHead();
  }

  #completeHead(): void {
    this.#sides.complete();
    this.#head.complete();
  }

  #untilOpen(): Promise<void> | undefined {
    if (this.#intake.isOpen || this.#isFinished) return undefined;
    return new Promise((resolve) => {
      this.#whenOpen = () => {
        if (!this.#intake.isOpen && !this.#isFinished) return;
        this.#whenOpen = undefined;
        resolve();
      };
    });
  }

  /** Ends the stream: what its steps kept for a successor is held there, and is not lost. */
  #handOver(): void {
    const steps = [...this.#kept.keys()].map((key) => this.counters.get(key.split(" ", 1)[0] as string));
    const dropped = steps.map((counters) => counters?.dropped ?? 0);
    this.#finish({ cause: "closed" });
    for (const [n, counters] of steps.entries())
      if (counters !== undefined) counters.dropped = dropped[n] ?? 0;
  }

  #flush(signal: AbortSignal): void {
    this.#intake.drain();
    this.#completeHead();
    if (this.#isFinished) return;
    const giveUp = () => {
      if (this.#isFinished) return;
      this.#log.warn({ flushMs: FLUSH_MS }, "a step holds items beyond the end of its stream; they are lost");
      this.#finish({ cause: "closed" });
    };
    if (signal.aborted) return giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    this.#chain.add(() => signal.removeEventListener("abort", giveUp));
    this.#chain.add(this.#ports.scheduler.schedule(giveUp, FLUSH_MS));
  }

  #complete(): void {
    for (const { id } of this.#prepared.sinks) this.#options.watch?.completed(id);
    this.#finish({ cause: this.#isClosing ? "closed" : "completed" });
  }

  /** The steps see it, after what came before it: a `catch` may answer it. */
  #failSource(error: unknown): void {
    this.#intake.drain();
    this.#sides.complete();
    this.#head.error(error);
  }

  #fail(error: unknown): void {
    for (const { id } of this.#prepared.sinks) this.#options.watch?.failed(id, error);
    this.#finish({ cause: "failed", stepId: failedStepOf(error) ?? SOURCE_ID, error });
  }

  /** Sinks write what they hold until the signal ends. */
  #endWith(signal: AbortSignal): void {
    const end = () => this.#finishing.abort();
    if (signal.aborted) return end();
    signal.addEventListener("abort", end, { once: true });
    void this.ended.then(() => signal.removeEventListener("abort", end));
  }

  #finish(end: StreamEnd): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#source.unsubscribe();
    this.#chain.unsubscribe();
    this.#intake.clear();
    this.#whenOpen?.();
    for (const tap of this.#taps.values()) tap.complete();
    const deadline = this.#ports.scheduler.schedule(() => this.#finishing.abort(), FINISH_MS);
    void this.#sinks.close(this.#finishing.signal).then(() => {
      deadline.unsubscribe();
      this.#resolveEnded(end);
    });
  }
}
