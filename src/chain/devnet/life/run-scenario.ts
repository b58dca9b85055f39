import type { SchedulerLike, Subscription } from "rxjs";
import { errorCode, errorMessage } from "../../../errors.js";
import type { Logger } from "../../../log.js";
import { chainErrors } from "../../errors.js";
import type { DevnetActions } from "../devnet-actions.js";
import type { PeerBook } from "./peer-book.js";
import { playStep } from "./play-step.js";
import type { Stage } from "./played-stage.js";
import { createRandom } from "./random.js";
import { FailedExpectation } from "./scenario-expect.js";
import type { ActionStep, Scenario, ScenarioStep } from "./scenario-steps.js";

export interface ScenarioDependencies {
  readonly actions: DevnetActions;
  /** The book that `actions` keeps its peers in. */
  readonly peers: PeerBook;
  readonly scheduler: SchedulerLike;
  readonly log: Logger;
}

/** How far a scenario is; steps are counted from 1, repeats included. */
export interface ScenarioPlace {
  readonly step: number;
  readonly line: number;
  readonly what: string;
}

/** Then timers and sockets get their turn. */
const LONGEST_TURN_MS = 20;

/**
 * Plays a scenario's steps exactly in order and resolves after the last; nothing runs between two steps but what came
 * from outside. Yields at least every 20 ms that its steps take.
 * Rejects with SCENARIO_STEP_FAILED or SCENARIO_EXPECTATION_FAILED at the first step that fails, and with
 * SCENARIO_STOPPED once aborted: between two steps, a waiting one at once. What was played stays.
 */
export function runScenario(
  deps: ScenarioDependencies,
  scenario: Scenario,
  {
    signal,
    onStep = () => {},
  }: { readonly signal: AbortSignal; readonly onStep?: (place: ScenarioPlace) => void },
): Promise<void> {
  const { actions, peers, scheduler } = deps;
  const random = createRandom(`${scenario.seed}\0scenario`);
  const stage: Stage = { actions, peers, random, startTip: actions.tip, names: new Map() };
  const steps = flat(scenario.steps);
  const { name, file, stepCount } = scenario;

  return new Promise((resolve, reject) => {
    let timer: Subscription | undefined;
    let done = 0;
    let open: { readonly step: ActionStep; readonly parts: Generator<void> } | undefined;

    function end(settle: () => void): void {
      signal.removeEventListener("abort", stop);
      timer?.unsubscribe();
      settle();
    }

    function stop(): void {
      end(() => reject(chainErrors.SCENARIO_STOPPED({ name, step: done, steps: stepCount })));
    }

    /** @returns how long to wait before the next; undefined after the last */
    function playOne(): number | undefined {
      if (open === undefined) {
        const next = steps.next();
        if (next.done === true) return undefined;
        open = { step: next.value, parts: playStep(next.value, stage) };
        onStep({ step: done + 1, line: next.value.line, what: next.value.kind });
      }
      if (open.parts.next().done !== true) return 0;
      const { step } = open;
      open = undefined;
      done += 1;
      return step.kind === "wait" ? step.given.for : 0;
    }

    function play(): void {
      const startMs = scheduler.now();
      try {
        while (!signal.aborted) {
          const waitMs = playOne();
          if (waitMs === undefined) {
            end(resolve);
            return;
          }
          if (waitMs > 0 || scheduler.now() - startMs >= LONGEST_TURN_MS) {
            timer = scheduler.schedule(play, waitMs);
            return;
          }
        }
      } catch (error) {
        end(() => reject(failure(error)));
      }
    }

    function failure(error: unknown) {
      const line = open?.step.line ?? 1;
      const place = { file, line, step: done + 1, steps: stepCount };
      if (error instanceof FailedExpectation) {
        const { what, found, expected } = error;
        return chainErrors.SCENARIO_EXPECTATION_FAILED({ ...place, what, found, expected }, { cause: error });
      }
      const code = errorCode(error);
      const details = { what: open?.step.kind ?? "", reason: errorMessage(error) };
      return chainErrors.SCENARIO_STEP_FAILED(
        { ...place, ...details, ...(code === undefined ? {} : { code }) },
        { cause: error },
      );
    }

    if (signal.aborted) stop();
    else {
      signal.addEventListener("abort", stop, { once: true });
      timer = scheduler.schedule(play, 0);
    }
  });
}

/** The steps in the order in which they are played, one at a time. */
function* flat(steps: readonly ScenarioStep[]): Generator<ActionStep> {
  for (const step of steps) {
    if (step.kind !== "repeat") yield step;
    else for (let times = 0; times < step.times; times += 1) yield* flat(step.steps);
  }
}
