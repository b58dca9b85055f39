import type { SchedulerLike } from "rxjs";
import type { ChainQueries } from "../../chain/index.js";
import { deadline, monotonicScheduler } from "../../clock.js";
import { EngineError } from "../../errors.js";
import type { NodeApiDependencies } from "../dependencies.js";
import { chainRequestErrors, nodeApiErrors } from "../errors.js";

/** How long a chain source may take over one query. */
const SOURCE_TIMEOUT_MS = 30_000;

/** What asking a source takes; every call of a method has it. */
export interface SourceCall {
  readonly deps: Pick<NodeApiDependencies, "chain" | "log" | "scheduler">;
}

/**
 * Asks the chain source. `ask` gives undefined in place of a promise when the source lacks the member.
 * What goes wrong inside the source is told by its code only, and in full in the host's log: its text may name files.
 * @param what completes "… is not available"
 * @throws NOT_AVAILABLE for a missing member, SOURCE_FAILED when the source throws or takes longer than 30 s
 */
export async function fromSource<Answer>(
  { deps }: SourceCall,
  what: string,
  ask: (queries: Partial<ChainQueries>) => Promise<Answer> | undefined,
): Promise<Answer> {
  const { chain, log, scheduler = monotonicScheduler } = deps;
  const failed = (problem: string, retryable: boolean, cause?: unknown) =>
    chainRequestErrors.SOURCE_FAILED({ source: chain.name, what, problem }, { retryable, cause });
  const late = () => failed(`did not answer within ${SOURCE_TIMEOUT_MS} ms`, true);
  try {
    const asked = ask(chain.queries);
    if (asked !== undefined) return await within(asked, scheduler, late);
  } catch (error) {
    log.warn({ source: chain.name, what, err: error }, "the chain source failed over a query");
    if (error instanceof EngineError) {
      throw error.code === "SOURCE_FAILED"
        ? error
        : failed(`failed with ${error.code}`, error.retryable, error);
    }
    throw failed("failed", false, error);
  }
  throw notAvailable({ deps }, what);
}

/** For a member that the source lacks. */
export function notAvailable({ deps }: SourceCall, what: string): EngineError {
  const { name } = deps.chain;
  return nodeApiErrors.NOT_AVAILABLE({ what, source: name, reason: "the source has no such thing" });
}

/** The answer, or the error of `late` when it doesn't come in time; what comes later is dropped. */
function within<Answer>(
  asked: Promise<Answer>,
  scheduler: SchedulerLike,
  late: () => EngineError,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = deadline(scheduler, SOURCE_TIMEOUT_MS, () => reject(late()));
    const settle = (pass: () => void) => {
      timer.unsubscribe();
      pass();
    };
    asked.then(
      (answer) => settle(() => resolve(answer)),
      (error: unknown) => settle(() => reject(error as Error)),
    );
  });
}
