import { errorMessage } from "../errors.js";
import type { ReportedHealth } from "../requests/index.js";
import type { ModuleLog } from "./module-log.js";

/** How a module is, with figures for a person if there are any. */
export type HealthAnswer =
  | ReportedHealth
  | { readonly health: ReportedHealth; readonly details?: Readonly<Record<string, unknown>> };

/** Looks how the module is. The host waits for a second. */
export type HealthHandler = () => HealthAnswer | Promise<HealthAnswer>;

/** Serves `health` invocations. A handler that throws makes the module degraded, and is logged. */
export function answerHealth(handler: HealthHandler, log: ModuleLog): () => Promise<unknown> {
  return async () => {
    try {
      const answer = await handler();
      return typeof answer === "object" && "health" in answer ? answer : { health: answer };
    } catch (error) {
      log.error("the health handler failed", { error });
      return { health: { Degraded: `its health check failed: ${errorMessage(error)}`.slice(0, 1000) } };
    }
  };
}
