import type { SchedulerLike } from "rxjs";
import type { Logger } from "../../log.js";
import { HOOKS, type RequestAnswer } from "../../requests/index.js";
import type { Caller } from "../dependencies.js";
import { type HookCount, HookCounts, type HookOutcome } from "./hook-counts.js";
import { HookProvider } from "./hook-provider.js";
import { type HookArgs, type HookName, hookQuestions } from "./hook-question.js";

/** A question waits at most this many times the limit of one provider, however many there are. */
const MAX_FULL_WAITS = 4;

/** What a hook answers: the same as the request in whose stead it is asked. */
interface HookAnswers {
  readonly get_fee_estimate_cached: RequestAnswer<"GetFeeEstimate">;
  readonly get_mempool_stats_cached: RequestAnswer<"GetMempoolSize">;
}

/**
 * The modules that answer questions in the node's stead, in the order in which they registered; a module's place goes
 * with its connection.
 */
export class Hooks {
  readonly #scheduler: SchedulerLike;
  readonly #log: Logger;
  readonly #providers = new Map<HookName, HookProvider[]>(HOOKS.map((hook) => [hook, []]));
  /** Whoever ever provided, until its connection closes: leaving and coming back ends no rest. */
  readonly #known = new WeakMap<Caller, Map<HookName, HookProvider>>();
  readonly #counts = new HookCounts();

  constructor({ scheduler, log }: { readonly scheduler: SchedulerLike; readonly log: Logger }) {
    this.#scheduler = scheduler;
    this.#log = log;
  }

  /** Puts the module last among those that are asked; one that is there already keeps its place. */
  register(hook: HookName, caller: Caller): void {
    const providers = this.#of(hook);
    if (providers.some((provider) => provider.caller === caller)) return;
    const known = this.#known.get(caller);
    const provider = known?.get(hook) ?? new HookProvider(caller, this.#scheduler);
    providers.push(provider);
    if (known !== undefined) {
      known.set(hook, provider);
      return;
    }
    this.#known.set(caller, new Map([[hook, provider]]));
    caller.onClosed(() => {
      for (const each of HOOKS) this.unregister(each, caller);
    });
  }

  /** Does nothing when the module isn't there. */
  unregister(hook: HookName, caller: Caller): void {
    const providers = this.#of(hook);
    const place = providers.findIndex((provider) => provider.caller === caller);
    if (place >= 0) providers.splice(place, 1);
  }

  /**
   * Asks one provider after the other and resolves with the first answer that fits the question, or with undefined:
   * then the source is to be asked. Nil, an error, a timeout (100 ms for fees, 50 ms for the mempool) and an answer of
   * another form move on; altogether that takes four such limits at most. Never rejects.
   *
   * A module's own hook isn't asked for its own request, and no hook at all while the module answers one itself: what
   * it asks in order to answer comes from the source, so that questions go round in no circle.
   */
  async ask<Hook extends HookName>(
    hook: Hook,
    args: HookArgs[Hook],
    caller: Pick<Caller, "moduleName">,
  ): Promise<HookAnswers[Hook] | undefined> {
    if (this.#isAnswering(caller.moduleName)) return undefined;
    const { limitMs } = hookQuestions[hook];
    const endMs = this.#scheduler.now() + limitMs * MAX_FULL_WAITS;
    for (const provider of [...this.#of(hook)]) {
      if (provider.caller.moduleName === caller.moduleName) continue;
      if (this.#scheduler.now() >= endMs) break;
      const reply = await provider.ask(hook, args, limitMs);
      if (reply.outcome !== "answered") {
        this.#note(provider, hook, reply.outcome);
        continue;
      }
      const parsed = hookQuestions[hook].answer().safeParse(reply.value);
      this.#note(provider, hook, parsed.success ? "answered" : "misfit");
      if (parsed.success) return parsed.data as HookAnswers[Hook];
    }
    return undefined;
  }

  /** What came of the questions, by module, hook and outcome. */
  counts(): Iterable<HookCount> {
    return this.#counts.all();
  }

  #of(hook: HookName): HookProvider[] {
    return this.#providers.get(hook) ?? [];
  }

  #isAnswering(moduleName: string): boolean {
    return [...this.#providers.values()].some((providers) =>
      providers.some((provider) => provider.isAnswering && provider.caller.moduleName === moduleName),
    );
  }

  #note({ caller }: HookProvider, hook: HookName, outcome: HookOutcome): void {
    this.#counts.note(caller.moduleName, hook, outcome);
    if (outcome !== "answered")
      this.#log.debug({ module: caller.moduleName, hook, outcome }, "a hook moved on");
  }
}
