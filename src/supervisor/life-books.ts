import { DurationHistogram } from "../duration-histogram.js";
import { errorCode } from "../errors.js";
import type { InstanceEnd, StopReason } from "./instance-options.js";

/** Why a module was started again, which is how the process before ended. A closed list, as labels need it. */
export const restartReasons = ["crash", "heartbeat", "limit", "reload", "dependency", "manual"] as const;
export type RestartReason = (typeof restartReasons)[number];

/** Why the host killed a module. */
export type KillCause = Extract<RestartReason, "heartbeat" | "limit">;

/** Starts take longer than deliveries: 50 ms, each twice the one before, up to 25.6 s. */
const START_BOUNDS_SECONDS: readonly number[] = Array.from({ length: 10 }, (_, n) => 0.05 * 2 ** n);

/** What counts as a refused signature; a closed list, as labels need it. */
const signatureFailures: ReadonlyMap<string, string> = new Map(
  ["BAD_SIGNATURE", "HASH_MISMATCH", "SIZE_MISMATCH", "DUPLICATE_SIGNER", "NOT_ENOUGH_SIGNATURES"]
    .map((code) => [code, code.toLowerCase()] as const)
    .concat([["UNSIGNED_MODULE", "unsigned"]]),
);

/** What is counted of one module name over all of its lives. */
export class ModuleLifeBook {
  readonly moduleName: string;
  /** From the spawn to the first subscription, of the starts that got there. */
  readonly startDurations = new DurationHistogram(START_BOUNDS_SECONDS);
  readonly restarts: Record<RestartReason, number> = {
    crash: 0,
    heartbeat: 0,
    limit: 0,
    reload: 0,
    dependency: 0,
    manual: 0,
  };
  #lastEnd: RestartReason | undefined;
  #stopReason: StopReason = "unload";
  #killCause: KillCause | undefined;

  constructor(moduleName: string) {
    this.moduleName = moduleName;
  }

  /** An instance comes to be; every one after the first is a restart. */
  noteBegin(): void {
    if (this.#lastEnd !== undefined) this.restarts[this.#lastEnd]++;
    this.#lastEnd = undefined;
    this.#killCause = undefined;
  }

  noteReady(durationMs: number): void {
    this.startDurations.add(durationMs);
  }

  /** The host asks it to stop. */
  noteStop(reason: StopReason): void {
    this.#stopReason = reason;
  }

  /** The host kills it. */
  noteKill(cause: KillCause): void {
    this.#killCause = cause;
  }

  noteEnd({ wasAsked, isCrash, hitLimit }: InstanceEnd): void {
    if (wasAsked) this.#lastEnd = askedFor(this.#stopReason);
    else if (isCrash) this.#lastEnd = this.#killCause ?? (hitLimit === true ? "limit" : "crash");
    else this.#lastEnd = "manual";
  }
}

/**
 * What the lives of a host's modules come to, in plain integers. Bounded by the number of installed modules: only those
 * are started.
 */
export class LifeBooks {
  readonly #modules = new Map<string, ModuleLifeBook>();
  readonly #signatureFailures = new Map([...signatureFailures.values()].map((reason) => [reason, 0]));

  /** The book of a module, opened at the first call. */
  of(moduleName: string): ModuleLifeBook {
    const known = this.#modules.get(moduleName);
    if (known !== undefined) return known;
    const opened = new ModuleLifeBook(moduleName);
    this.#modules.set(moduleName, opened);
    return opened;
  }

  all(): Iterable<ModuleLifeBook> {
    return this.#modules.values();
  }

  /** By reason, how often a module was refused over its signatures; every reason is there from the beginning. */
  signatureFailures(): Iterable<readonly [reason: string, count: number]> {
    return this.#signatureFailures;
  }

  /** A module was not verified; errors that are not about its signatures are ignored. */
  noteRefusal(error: unknown): void {
    const reason = signatureFailures.get(errorCode(error) ?? "");
    if (reason !== undefined)
      this.#signatureFailures.set(reason, (this.#signatureFailures.get(reason) ?? 0) + 1);
  }
}

function askedFor(reason: StopReason): RestartReason {
  switch (reason) {
    case "reload":
    case "dependency":
      return reason;
    case "unload":
    case "shutdown":
      return "manual";
  }
}
