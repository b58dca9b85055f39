import type { SchedulerLike, Subscription } from "rxjs";
import type { Logger } from "../log.js";
import type { RestartOptions } from "./options.js";
import { RestartPolicy } from "./restart-policy.js";

export interface CrashRestartDependencies {
  readonly scheduler: SchedulerLike;
  readonly log: Logger;
  readonly optionsOf: (name: string) => RestartOptions;
  /** Starts a crashed module again; what goes wrong is a matter of its own. */
  readonly restart: (name: string) => void;
}

/**
 * Starts crashed modules again, each by its own policy. At most one start per module is due; {@link cancel} takes it
 * back, and {@link close} all of them.
 */
export class CrashRestarts {
  readonly #deps: CrashRestartDependencies;
  readonly #policies = new Map<string, RestartPolicy>();
  readonly #due = new Map<string, Subscription>();
  #isClosed = false;

  constructor(deps: CrashRestartDependencies) {
    this.#deps = deps;
  }

  /** Crashes of a module that its policy still remembers. */
  crashesOf(name: string): number {
    return this.#policies.get(name)?.crashes ?? 0;
  }

  /** Nobody took the module in hand since it crashed. */
  isWanted(name: string): boolean {
    return !this.#isClosed && this.#policies.has(name);
  }

  /** A start is due. */
  isDue(name: string): boolean {
    return this.#due.has(name);
  }

  /** A module crashed. @returns why it stays down, or undefined when it is started again. */
  noteCrash(name: string): string | undefined {
    if (this.#isClosed) return "the host shuts down";
    const { scheduler, log, optionsOf, restart } = this.#deps;
    const policy = this.#policies.get(name) ?? new RestartPolicy(() => optionsOf(name));
    this.#policies.set(name, policy);
    const next = policy.noteCrash(scheduler.now());
    if (next.kind === "stay-down") return next.reason;
    log.warn({ module: name, delayMs: next.delayMs }, "module is started again after its crash");
    this.#due.get(name)?.unsubscribe();
    const timer = scheduler.schedule(() => {
      this.#due.delete(name);
      restart(name);
    }, next.delayMs);
    this.#due.set(name, timer);
    return undefined;
  }

  /** Somebody took the module in hand: no start is due any more, and its crashes are forgotten. */
  cancel(name: string): void {
    this.#due.get(name)?.unsubscribe();
    this.#due.delete(name);
    this.#policies.delete(name);
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#due.values()) timer.unsubscribe();
    this.#due.clear();
  }
}
