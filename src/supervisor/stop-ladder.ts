import { asyncScheduler, type SchedulerLike } from "rxjs";
import type { ExitReport } from "./exit-report.js";
import type { ModuleProcess } from "./module-process.js";

export interface StopLadderOptions {
  /** How long the stop message has to work before SIGTERM. */
  readonly termAfterMs: number;
  /** How long SIGTERM has to work before SIGKILL. */
  readonly killAfterMs: number;
  /** How long to wait after SIGKILL: a process stuck in the kernel may outlive it. Default 5000. */
  readonly abandonAfterMs?: number;
}

/** The last step that was taken before the process ended, and how it ended. */
export type StopOutcome =
  | { readonly step: "message" | "term" | "kill"; readonly report: ExitReport }
  | { readonly step: "abandoned"; readonly report: undefined };

/**
 * Waits for a module that was sent its stop message, then sends SIGTERM, then SIGKILL to its group; a
 * step whose time is over is not repeated. Borrows the process. Bounded by the sum of the three times.
 */
export async function stopProcess(
  deps: { readonly process: ModuleProcess; readonly scheduler?: SchedulerLike },
  { termAfterMs, killAfterMs, abandonAfterMs = 5000 }: StopLadderOptions,
): Promise<StopOutcome> {
  const { process: child, scheduler = asyncScheduler } = deps;
  child.noteStopAsked();
  const afterMessage = await exitWithin(child, termAfterMs, scheduler);
  if (afterMessage !== undefined) return { step: "message", report: afterMessage };
  child.requestTerm();
  const afterTerm = await exitWithin(child, killAfterMs, scheduler);
  if (afterTerm !== undefined) return { step: "term", report: afterTerm };
  child.kill();
  const afterKill = await exitWithin(child, abandonAfterMs, scheduler);
  if (afterKill !== undefined) return { step: "kill", report: afterKill };
  return { step: "abandoned", report: undefined };
}

function exitWithin(
  child: ModuleProcess,
  limitMs: number,
  scheduler: SchedulerLike,
): Promise<ExitReport | undefined> {
  return new Promise((resolve) => {
    const limit = scheduler.schedule(() => resolve(undefined), limitMs);
    void child.exited.then((report) => {
      limit.unsubscribe();
      resolve(report);
    });
  });
}
