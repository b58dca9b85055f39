import type { SchedulerLike, Subscription } from "rxjs";
import { deadline } from "../../clock.js";
import type { Logger } from "../../log.js";
import { MaintenanceAnswers, type MaintenanceProgress } from "./maintenance-answers.js";
import type { Publish } from "./publish.js";
import { repeating } from "./repeating.js";

export type MaintenanceReason = "periodic" | "low_disk" | "manual";

export interface MaintenanceDependencies {
  readonly publish: Publish;
  readonly log: Logger;
  readonly scheduler: SchedulerLike;
  /** Which of the modules that were sent the event with this seq are done with it, and which are not. */
  readonly progressOf: (seq: number) => MaintenanceProgress;
}

export interface MaintenanceOptions {
  readonly intervalMs: number;
  /** How long modules may take; whole seconds of it are announced to them. */
  readonly timeoutMs: number;
}

interface Run {
  readonly startMs: number;
  readonly answers: MaintenanceAnswers;
  readonly timers: Subscription[];
}

const MAINTENANCE_TYPE = "cleanup";
const POLL_MS = 50;
const LOW_DISK_PAUSE_MS = 600_000;

/**
 * Asks modules to look after their data, at each interval and on request, and waits until those that were sent the request are
 * done with it or the time is over. One run at a time; runs for low disk space begin at least ten minutes apart.
 *
 * Events of a run, in order: MaintenanceStarted, DataMaintenance, MaintenanceCompleted, the last also when a run is
 * cut short by {@link close}.
 */
export class Maintenance {
  readonly #deps: MaintenanceDependencies;
  readonly #options: MaintenanceOptions;
  #interval: Subscription | undefined;
  #run: Run | undefined;
  #lowDiskFromMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(deps: MaintenanceDependencies, options: MaintenanceOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  start(): void {
    const { scheduler, log } = this.#deps;
    this.#interval ??= repeating(
      scheduler,
      this.#options.intervalMs,
      () => void this.request("periodic"),
      (cause) => log.error({ err: cause }, "starting maintenance failed"),
    );
  }

  /** Begins a run; false when one is under way, another is due too soon after the last, or this is closed. */
  request(reason: MaintenanceReason): boolean {
    const nowMs = this.#deps.scheduler.now();
    if (this.#isClosed || this.#run !== undefined) return false;
    if (reason === "low_disk") {
      if (nowMs < this.#lowDiskFromMs) return false;
      this.#lowDiskFromMs = nowMs + LOW_DISK_PAUSE_MS;
    }
    this.#begin(reason, nowMs);
    return true;
  }

  /** Stops the timer and ends a run that is under way, with its MaintenanceCompleted. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#interval?.unsubscribe();
    if (this.#run !== undefined) this.#complete(this.#run, "the node shuts down");
  }

  #begin(reason: MaintenanceReason, startMs: number): void {
    const { publish, log, scheduler } = this.#deps;
    const { timeoutMs } = this.#options;
    log.info({ reason }, "maintenance starts");
    const run: Run = { startMs, answers: new MaintenanceAnswers(), timers: [] };
    this.#run = run;
    publish("MaintenanceStarted", { maintenance_type: MAINTENANCE_TYPE });
    // A subscriber may close this, here and below.
    if (this.#run !== run) return;
    const seq = publish("DataMaintenance", {
      operation: reason === "low_disk" ? "cleanup" : "both",
      urgency: reason === "low_disk" ? "medium" : "low",
      reason,
      timeout_seconds: Math.floor(timeoutMs / 1000),
    });
    if (this.#run !== run) return;
    if (seq === undefined) {
      this.#complete(run, "the request could not be published");
      return;
    }
    // The first look is later: for who asks from inside an event, the request has still to be delivered.
    const onPoll = () => {
      if (this.#areAnswersIn(run, seq)) this.#complete(run);
    };
    const onTimeUp = () => this.#complete(run, this.#areAnswersIn(run, seq) ? undefined : "the time is up");
    const onFault = (cause: unknown) => log.error({ err: cause }, "ending maintenance failed");
    run.timers.push(repeating(scheduler, POLL_MS, onPoll, onFault), deadline(scheduler, timeoutMs, onTimeUp));
  }

  #areAnswersIn({ answers }: Run, seq: number): boolean {
    try {
      answers.note(this.#deps.progressOf(seq));
      return answers.areIn;
    } catch (cause) {
      this.#deps.log.debug({ err: cause }, "who is done with maintenance could not be asked");
      return false;
    }
  }

  #complete(run: Run, cutShort?: string): void {
    if (this.#run !== run) return;
    this.#run = undefined;
    for (const timer of run.timers) timer.unsubscribe();
    const { publish, log, scheduler } = this.#deps;
    const success = cutShort === undefined && run.answers.areAllGood;
    const results = run.answers.describe(cutShort);
    log.info({ success, results }, "maintenance is over");
    publish("MaintenanceCompleted", {
      maintenance_type: MAINTENANCE_TYPE,
      success,
      duration_ms: Math.round(scheduler.now() - run.startMs),
      results,
    });
  }
}
