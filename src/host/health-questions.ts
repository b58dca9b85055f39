import { z } from "zod";
import { errorCode, errorMessage } from "../errors.js";
import type { Logger } from "../log.js";
import { type ReportedHealth, reportedHealth } from "../requests/index.js";
import type { ModuleInstance } from "../supervisor/index.js";

export interface HealthQuestionsDependencies {
  /** Takes an answer like what the module says of its own accord. */
  readonly report: (moduleName: string, health: ReportedHealth) => void;
  readonly log: Logger;
}

/** What is asked of a module: it, its connection, and a way to it. */
export type AskedModule = Pick<
  ModuleInstance,
  "name" | "connection" | "isStopping" | "leavesUnread" | "invoke"
>;

const ANSWER_WITHIN_MS = 1000;

const healthAnswer = z.object({
  health: reportedHealth(),
  details: z.record(z.string(), z.unknown()).nullish(),
});

/**
 * Asks modules how they are. One that serves no such question (NOT_SUPPORTED) may serve it later and is asked again; an
 * answer that doesn't come within a second counts for nothing, the pings tell whether the module is alive. One that let
 * a question pass and leaves unread what it was sent is not asked again: questions would pile up for as long as it hangs.
 */
export class HealthQuestions {
  readonly #deps: HealthQuestionsDependencies;
  /** Connections that owe an answer. */
  readonly #asked = new WeakSet<object>();
  /** Connections whose last question got no answer in time. */
  readonly #silent = new WeakSet<object>();

  constructor(deps: HealthQuestionsDependencies) {
    this.#deps = deps;
  }

  /** Resolves when the module has answered or its time is up. Never rejects. */
  async ask(module: AskedModule): Promise<void> {
    const { connection, name } = module;
    if (connection === undefined || module.isStopping || this.#asked.has(connection)) return;
    if (module.leavesUnread && this.#silent.has(connection)) return;
    this.#asked.add(connection);
    this.#silent.delete(connection);
    try {
      const answer = healthAnswer.parse(await module.invoke("health", {}, ANSWER_WITHIN_MS));
      if (module.connection === connection) this.#deps.report(name, answer.health);
    } catch (error) {
      if (errorCode(error) === "DEADLINE") this.#silent.add(connection);
      if (errorCode(error) !== "NOT_SUPPORTED")
        this.#deps.log.debug({ module: name }, `the module did not say how it is: ${errorMessage(error)}`);
    } finally {
      this.#asked.delete(connection);
    }
  }
}
