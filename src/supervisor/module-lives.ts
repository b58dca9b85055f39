import type { EventBus } from "../bus/index.js";
import { errorCode, errorMessage } from "../errors.js";
import type { EventPayload, EventType } from "../events/index.js";
import type { Logger } from "../log.js";
import type { ModuleManifest } from "../manifest/index.js";
import { rootReason } from "./load-order.js";

/** A state of a module's life, as ModuleStateChanged names it. */
export type LifeState = "Stopped" | "Initializing" | "Running" | "Stopping" | "Error";

interface Life {
  state: LifeState;
  /** Why it is in this state; undefined where the state says all. */
  reason: string | undefined;
  /** The reason of this one, where it is another module's. */
  rootReason: string | undefined;
}

/** Codes of a load that was only asked for at the wrong time, or of nobody. */
const notNow: ReadonlySet<string> = new Set(["UNKNOWN_MODULE", "MANAGER_CLOSED", "BUSY"]);
/** Names of modules that were ever seen: as many as a host looks at, and some that are gone. */
const MAX_LIVES = 10_000;

/**
 * The life of every module by name, beyond the end of its processes, and the events that tell of it. Each change of
 * state is published once, in this order:
 *
 * ```
 *   found          ModuleDiscovered
 *   load           ModuleStateChanged Stopped>Initializing, ModuleStarted, ModuleLoaded, …Changed Initializing>Running
 *   unload         …Changed Running>Stopping, ModuleStopped, ModuleUnloaded, …Changed Stopping>Stopped
 *   crash          …Changed Running>Error, ModuleHealthChanged, ModuleCrashed, ModuleUnloaded
 *   ends by itself …Changed Running>Stopped, ModuleUnloaded
 *   refused        …Changed Stopped>Error
 *   failed start   …Changed Stopped>Initializing, [ModuleStarted], …Changed Initializing>Error, [ModuleCrashed]
 *   reload         …Changed Running>Stopping, ModuleStopped, ModuleUnloaded, …Changed Stopping>Initializing,
 *                  ModuleStarted, ModuleLoaded, …Changed Initializing>Running, ModuleReloaded, [ModuleUpdated]
 * ```
 */
export class ModuleLives {
  readonly #bus: EventBus;
  readonly #log: Logger;
  readonly #lives = new Map<string, Life>();
  readonly #discovered = new Map<string, string>();

  constructor(bus: EventBus, log: Logger) {
    this.#bus = bus;
    this.#log = log;
  }

  stateOf(name: string): LifeState {
    return this.#lives.get(name)?.state ?? "Stopped";
  }

  reasonOf(name: string): string | undefined {
    return this.#lives.get(name)?.reason;
  }

  /** Why a module is not running, where it began: at what it needs, or what that needs. */
  rootReasonOf(name: string): string | undefined {
    return this.#lives.get(name)?.rootReason;
  }

  /** The module can't be loaded, and nothing of it was started. What says nothing about the module itself is passed over. */
  refuse(name: string, error: unknown): void {
    if (!notNow.has(errorCode(error) ?? ""))
      this.enter(name, "Error", errorMessage(error), rootReason(error));
  }

  /** The module enters a state; the same state again only replaces the reason. */
  enter(name: string, state: LifeState, reason?: string, root = reason): void {
    const old = this.stateOf(name);
    if (this.#lives.size >= MAX_LIVES && !this.#lives.has(name)) this.#forgetOldest();
    this.#lives.set(name, { state, reason, rootReason: root });
    if (old !== state)
      this.tell("ModuleStateChanged", { module_name: name, old_state: old, new_state: state });
  }

  /** Publishes ModuleDiscovered for each module that is new here, or has another version. */
  found(manifests: readonly Pick<ModuleManifest, "name" | "version">[]): void {
    for (const { name, version } of manifests) {
      if (this.#discovered.get(name) === version) continue;
      this.#discovered.set(name, version);
      this.tell("ModuleDiscovered", { module_name: name, version, source: "filesystem" });
    }
    if (this.#discovered.size <= MAX_LIVES) return;
    const here = new Set(manifests.map(({ name }) => name));
    for (const name of this.#discovered.keys()) if (!here.has(name)) this.#discovered.delete(name);
  }

  /** Publishes an event of a module's life. The bus may be closed by now: then it is only logged. */
  tell<Type extends EventType>(type: Type, payload: EventPayload<Type>): void {
    try {
      this.#bus.publish(type, payload);
    } catch (error) {
      this.#log.debug(
        { type, reason: errorMessage(error) },
        "an event of a module's life could not be published",
      );
    }
  }

  /** Of those that are at rest. */
  #forgetOldest(): void {
    for (const [name, { state }] of this.#lives) {
      if (state !== "Stopped" && state !== "Error") continue;
      this.#lives.delete(name);
      return;
    }
  }
}
