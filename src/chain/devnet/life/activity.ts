import type { ActivityDependencies, ActivityOptions, LifeDependencies } from "./activity-part.js";
import { blockLife } from "./block-life.js";
import { FailureLog } from "./failure-log.js";
import { misbehaviourLife } from "./misbehaviour-life.js";
import { peerLife } from "./peer-life.js";
import { createRandom, type Random } from "./random.js";
import { recurring } from "./recurring.js";
import { transactionLife } from "./transaction-life.js";

/** Things that were put off and are still to be done. */
const MOST_DELAYED = 16;

/**
 * Lets a devnet live: blocks, transactions, reorganisations and peers come at random, as the options have it. The same
 * seed gives the same list of actions as long as each takes effect in the same way; a changed rate changes its own part only.
 * Never throws out of a timer: an action that fails is told in the log, once per cause and minute, and left out; when
 * nothing can be kept any more, the activity ends. After a suspension at most 250 ms are made up for.
 * Close it before what it was given; that leaves no timer and does nothing more.
 */
export function startActivity(deps: ActivityDependencies, options: ActivityOptions): { close(): void } {
  const { actions, peers, scheduler } = deps;
  const failures = new FailureLog(deps);
  const running = new Set<{ close(): void }>();
  const random = createRandom(`${options.seed}\0activity`);
  let delayed = 0;
  let isClosed = false;

  function close(): void {
    isClosed = true;
    for (const one of running) one.close();
    running.clear();
  }

  function attempt(what: string, act: () => void): boolean {
    if (isClosed) return false;
    try {
      act();
      return true;
    } catch (error) {
      if (failures.note(error, what)) close();
      return false;
    }
  }

  function often(numbers: Random): LifeDependencies["often"] {
    return (meanMs, act) => {
      const drawMs = () => {
        const mean = meanMs();
        return Number.isFinite(mean) ? numbers.exponential(mean) : Number.POSITIVE_INFINITY;
      };
      const one = recurring({ scheduler }, { drawMs, act: () => void attempt("something recurring", act) });
      running.add(one);
      return one;
    };
  }

  function later(delayMs: number, act: () => void): void {
    if (isClosed || delayed >= MOST_DELAYED) return;
    delayed += 1;
    const timer = scheduler.schedule(() => {
      running.delete(one);
      delayed -= 1;
      attempt("something delayed", act);
    }, delayMs);
    const one = { close: () => timer.unsubscribe() };
    running.add(one);
  }

  const part = (purpose: string): LifeDependencies => {
    const numbers = random.fork(purpose);
    return { actions, peers, random: numbers, attempt, often: often(numbers.fork("intervals")), later };
  };
  peerLife(part("peers"), options);
  misbehaviourLife(part("misbehaviour"), options);
  transactionLife(part("transactions"), options);
  blockLife(part("blocks"), options);
  return { close };
}
