import { defaultIfEmpty, from, type Subscription, take } from "rxjs";
import { z } from "zod";
import { Deque } from "../../deque.js";
import { errorCode } from "../../errors.js";
import { variableOf } from "../../expressions/index.js";
import { duration } from "../duration.js";
import { streamErrors } from "../errors.js";
import { type StepLife, type StepOut, stepOperator } from "../run/step-operator.js";
import { defineStep, type StepRuntime, type StreamQuery } from "../step.js";
import { type StreamItem, withValue } from "../stream-item.js";

const options = z.strictObject({
  call: z
    .string()
    .min(1)
    .max(100)
    .meta({ description: "Method of the node API, one that needs no module: `GetBlock`." }),
  with: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "Expression of the call's parameters; without it there are none." }),
  as: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,39}$/, "a name such as fee_estimate")
    .default("answer")
    .meta({ description: "Name under which the answer stands beside the item." }),
  timeout: duration.prefault("5s").meta({ description: "Time that one call may take." }),
  concurrency: z
    .int()
    .min(1)
    .max(32)
    .default(4)
    .meta({ unit: "calls", description: "Calls made at once, and answers that wait for an earlier one." }),
  max_waiting: z
    .int()
    .min(0)
    .max(10_000)
    .default(100)
    .meta({ unit: "items", description: "Items that wait for their call; one more is dropped." }),
  on_failure: z.enum(["drop", "pass", "fail"]).default("drop").meta({
    description:
      "What becomes of an item whose call fails or takes too long: nothing leaves, it leaves with null as the answer, or the stream fails with that error.",
  }),
});

/** Puts the node's answer beside each item. */
export const enrichStep = defineStep({
  kind: "enrich",
  docs: {
    summary:
      "Calls a method of the node API for each item and lets `{event: the item, answer: what the node said}` out; data stands under `value`, lists under `events` or `values`.",
    ordering: "Items leave in the order in which they came, however their answers come.",
    memory:
      "Holds at most `concurrency` items that were asked about and `max_waiting` that wait (`held`); one more is dropped and counted.",
    onComplete: "Waits for the calls that are open and those that wait, then completes.",
    onError:
      "Passes on its source's error at once, with it goes what it holds (counted as dropped). A failed call counts as an error and is treated as `on_failure` says; an item whose parameters can't be evaluated ends here, counted as an error. Without a node it fails with STREAM_NO_NODE at its start.",
    example:
      "{ id: block, enrich: { call: GetBlock, with: '{\"hash\": event.payload.block_hash}', as: block, timeout: 5s } }",
  },
  options,
  prepare(given, context) {
    const itemName = variableOf(context.input);
    if (given.as === itemName)
      throw context.fault(["as"], {
        found: `"${given.as}", which is the item's own name`,
        allowed: "another name",
        hint: "as: answer",
      });
    const parameters = given.with === undefined ? undefined : context.expression(["with"], given.with, "any");
    return {
      output: { kind: "data", type: "map<string, dyn>" },
      operator: (runtime) =>
        stepOperator(runtime.scheduler, (out) => {
          const { query } = runtime;
          if (query === undefined)
            throw streamErrors.STREAM_NO_NODE({ step: context.id, method: given.call });
          const parametersOf = (item: StreamItem) =>
            parameters === undefined ? {} : runtime.evaluate(parameters, item);
          const enriched = (item: StreamItem, answer: unknown) =>
            withValue(item, { [itemName]: item.value, [given.as]: answer });
          const { call: method, timeout: timeoutMs, on_failure: onFailure } = given;
          const rules: CallRules = { step: context.id, method, timeoutMs, onFailure };
          const limits = { concurrency: given.concurrency, maxWaiting: given.max_waiting };
          return new Calls(out, runtime, query, { ...rules, ...limits, parametersOf, enriched });
        }),
    };
  },
});

interface CallRules {
  readonly step: string;
  readonly method: string;
  readonly timeoutMs: number;
  readonly onFailure: "drop" | "pass" | "fail";
}

interface CallOptions extends CallRules {
  readonly concurrency: number;
  readonly maxWaiting: number;
  parametersOf(item: StreamItem): unknown;
  enriched(item: StreamItem, answer: unknown): StreamItem;
}

/** An item that was asked about; `outcome` is what leaves for it, null when nothing does, undefined until then. */
interface Call {
  outcome: StreamItem | null | undefined;
}

/** The calls of one life of the step, in the order of their items. */
class Calls implements StepLife {
  readonly #out: StepOut;
  readonly #runtime: StepRuntime;
  readonly #query: StreamQuery;
  readonly #options: CallOptions;
  readonly #waiting = new Deque<{ readonly item: StreamItem; readonly parameters: unknown }>();
  readonly #asked: Call[] = [];
  readonly #open = new Set<AbortController>();
  #isCompleting = false;
  #isTelling = false;
  #isClosed = false;
  #isFailing = false;

  constructor(out: StepOut, runtime: StepRuntime, query: StreamQuery, given: CallOptions) {
    this.#out = out;
    this.#runtime = runtime;
    this.#query = query;
    this.#options = given;
  }

  next(item: StreamItem): void {
    const { concurrency, maxWaiting } = this.#options;
    if (this.#asked.length >= concurrency && this.#waiting.size >= maxWaiting) {
      this.#runtime.counters.dropped++;
      return;
    }
    const parameters = this.#options.parametersOf(item);
    if (parameters === undefined) return;
    this.#waiting.push({ item, parameters });
    this.#goOn();
  }

  complete(): void {
    this.#isCompleting = true;
    this.#goOn();
  }

  close(): void {
    const { counters } = this.#runtime;
    this.#isClosed = true;
    counters.dropped += this.#waiting.size + this.#asked.filter(({ outcome }) => outcome !== null).length;
    counters.held = 0;
    for (const controller of this.#open) controller.abort();
  }

  get #held(): number {
    return this.#waiting.size + this.#asked.length;
  }

  /** Tells what is ready at the head, then asks about what waits; an answer that comes at once only loops here. */
  #goOn(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      while (!this.#isClosed) {
        const head = this.#asked[0];
        if (head?.outcome !== undefined) {
          this.#asked.shift();
          this.#runtime.counters.held = this.#held;
          if (head.outcome !== null) this.#out.next(head.outcome);
        } else if (this.#asked.length < this.#options.concurrency && this.#waiting.size > 0) this.#ask();
        else break;
      }
    } finally {
      this.#isTelling = false;
    }
    if (this.#isClosed) return;
    this.#runtime.counters.held = this.#held;
    if (this.#isCompleting && this.#held === 0) this.#out.complete();
  }

  #ask(): void {
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const { item, parameters } = next;
    const { step, method, timeoutMs } = this.#options;
    const call: Call = { outcome: undefined };
    this.#asked.push(call);
    const controller = new AbortController();
    this.#open.add(controller);
    let answer: Subscription | undefined;
    const settle = (outcome: () => StreamItem | null) => {
      if (call.outcome !== undefined) return;
      timer.unsubscribe();
      this.#open.delete(controller);
      // A failure that ends the step is no item that it still held.
      call.outcome = null;
      call.outcome = outcome();
      this.#goOn();
    };
    const fail = (error: unknown) => settle(() => this.#failed(item, error));
    const timer = this.#out.after(timeoutMs, () => {
      controller.abort();
      answer?.unsubscribe();
      fail(streamErrors.STREAM_CALL_TIMEOUT({ step, method, allowedMs: timeoutMs }));
    });
    try {
      answer = this.#out.listen(
        from(this.#query(method, parameters, controller.signal)).pipe(take(1), defaultIfEmpty(null)),
        { next: (value) => settle(() => this.#succeeded(item, value)), error: fail },
      );
    } catch (error) {
      fail(error);
    }
  }

  #succeeded(item: StreamItem, answer: unknown): StreamItem {
    this.#isFailing = false;
    return this.#options.enriched(item, answer ?? null);
  }

  /** Counted one by one, warned of once per episode. */
  #failed(item: StreamItem, error: unknown): StreamItem | null {
    const { counters, log } = this.#runtime;
    const { method, onFailure, enriched } = this.#options;
    counters.errors++;
    if (onFailure === "fail") throw error;
    if (!this.#isFailing) {
      this.#isFailing = true;
      log.warn({ err: error, code: errorCode(error), method, seq: item.seq }, "a call to the node failed");
    }
    return onFailure === "pass" ? enriched(item, null) : null;
  }
}
