import { Subject, VirtualTimeScheduler } from "rxjs";
import type { ItemShape } from "../../src/expressions/index.js";
import { silentLogger } from "../../src/log.js";
import {
  countedStep,
  prepareStep,
  StepCounters,
  type StepRuntime,
  type StreamItem,
  stepDefinitions,
  stepEvaluation,
} from "../../src/streams/index.js";

export interface StepLifeOptions {
  readonly input?: ItemShape;
  readonly onError?: "skip" | "fail";
  /** What a former life kept. */
  readonly carried?: unknown;
  /** The clock of a former life, to go on with it. */
  readonly scheduler?: VirtualTimeScheduler;
  /** The node; without it there is none. */
  readonly query?: StepRuntime["query"];
}

/** One life of one step, fed by hand in virtual time. */
export class StepLife {
  readonly counters = new StepCounters();
  readonly left: StreamItem[] = [];
  readonly scheduler: VirtualTimeScheduler;
  readonly others = new Subject<StreamItem>();
  end: "completed" | { readonly error: unknown } | undefined;
  readonly #source = new Subject<StreamItem>();
  #keep = (): unknown => undefined;
  readonly #subscription;

  constructor(
    kind: string,
    options: unknown,
    { input, onError, carried, scheduler, query }: StepLifeOptions = {},
  ) {
    this.scheduler = scheduler ?? new VirtualTimeScheduler();
    const prepared = prepareStep(definition(kind), options, {
      id: kind,
      input: input ?? { kind: "data", type: "dyn" },
    });
    const runtime = {
      scheduler: this.scheduler,
      counters: this.counters,
      log: silentLogger,
      evaluate: stepEvaluation({ counters: this.counters, log: silentLogger }, onError ?? "skip"),
      events$: () => this.others,
      ...(query && { query }),
      carried: () => carried,
      keep: (state: () => unknown) => {
        this.#keep = state;
      },
    };
    this.#subscription = this.#source.pipe(countedStep(prepared, runtime)).subscribe({
      next: (item) => this.left.push(item),
      error: (error: unknown) => {
        this.end = { error };
      },
      complete: () => {
        this.end = "completed";
      },
    });
  }

  /** Values of what left; a list is its values. */
  get values(): unknown[] {
    return this.left.map(({ value }) => value);
  }

  get timers(): number {
    return this.scheduler.actions.length;
  }

  push(value: unknown, seq = typeof value === "number" ? value : 0): void {
    this.#source.next({ value, seq, timestampMs: this.scheduler.now(), hops: 0 });
  }

  /** Lets time pass: timers that are due on the way fire at their time. */
  pass(ms: number): void {
    const untilMs = this.scheduler.now() + ms;
    this.scheduler.maxFrames = untilMs;
    this.scheduler.flush();
    this.scheduler.frame = untilMs;
  }

  complete(): void {
    this.#source.complete();
  }

  fail(error: unknown): void {
    this.#source.error(error);
  }

  kept(): unknown {
    return this.#keep();
  }

  leave(): void {
    this.#subscription.unsubscribe();
  }
}

function definition(kind: string) {
  const found = stepDefinitions.find((known) => known.kind === kind);
  if (found === undefined) throw new Error(`there is no step ${kind}`);
  return found;
}
