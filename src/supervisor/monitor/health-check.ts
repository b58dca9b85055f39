import type { SchedulerLike, Subscription } from "rxjs";
import type { Logger } from "../../log.js";
import { healthReport, isNodeHealthy, type NodeFindings } from "./health-report.js";
import type { Publish } from "./publish.js";
import { repeating } from "./repeating.js";

export interface HealthCheckDependencies {
  readonly publish: Publish;
  readonly log: Logger;
  readonly scheduler: SchedulerLike;
  readonly examine: () => NodeFindings;
}

/** Examines the node and publishes HealthCheck: at the start, at each interval, and whenever somebody asks. */
export class HealthCheck {
  readonly #deps: HealthCheckDependencies;
  readonly #intervalMs: number;
  #timer: Subscription | undefined;

  constructor(deps: HealthCheckDependencies, intervalMs: number) {
    this.#deps = deps;
    this.#intervalMs = intervalMs;
  }

  /** Checks once (`startup`) and starts the timer. */
  start(): void {
    if (this.#timer !== undefined) return;
    const { scheduler, log } = this.#deps;
    this.#timer = repeating(
      scheduler,
      this.#intervalMs,
      () => this.check("periodic"),
      (cause) => log.error({ err: cause }, "the health check failed"),
    );
    this.check("startup");
  }

  check(checkType: "startup" | "periodic" | "manual"): void {
    const findings = this.#deps.examine();
    this.#deps.publish("HealthCheck", {
      check_type: checkType,
      node_healthy: isNodeHealthy(findings),
      health_report: healthReport(findings),
    });
  }

  /** Stops the timer. Idempotent. */
  close(): void {
    this.#timer?.unsubscribe();
  }
}
