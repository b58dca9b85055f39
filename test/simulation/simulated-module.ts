import type { SchedulerLike } from "rxjs";
import { ModuleIntegration } from "../../src/sdk/index.js";
import { SIMULATED_TYPES, type SimulatedType } from "./simulated-events.js";
import type { ModuleName, ModulePlan } from "./story.js";

/** One delivery whose handler began; seq of an event, or the first seq of a gap. */
export interface Begun {
  readonly seq: number;
  readonly gap?: {
    readonly from: number;
    readonly to: number;
    readonly count: number;
    readonly reason: string;
  };
}

export interface SimulatedModuleOptions {
  readonly name: ModuleName;
  readonly plan: ModulePlan;
  readonly path: string;
  readonly scheduler: SchedulerLike;
  readonly onBegun: (begun: Begun) => void;
}

/**
 * A module's process without the process: the real SDK on virtual time, with a handler for each type that takes its
 * time, one event after another. Killed, it does nothing more.
 */
export class SimulatedModule {
  readonly #options: SimulatedModuleOptions;
  #sdk: ModuleIntegration | undefined;
  #isDead = false;
  #isOver = false;
  /** Events whose handler returned or whose promise resolved. */
  handledEvents = 0;
  begunEvents = 0;

  constructor(options: SimulatedModuleOptions) {
    this.#options = options;
    const { name, path, scheduler } = options;
    const connecting = ModuleIntegration.connect({
      socketPath: path,
      moduleId: `${name}_0`,
      moduleName: name,
      version: "1.0.0",
      token: "0".repeat(64),
      scheduler,
    });
    connecting.then(
      (sdk) => this.#connected(sdk),
      () => {
        this.#isOver = true;
      },
    );
  }

  get isConnected(): boolean {
    return this.#sdk !== undefined;
  }

  /** It gave up by itself: its process would end now. */
  get isOver(): boolean {
    return this.#isOver && !this.#isDead;
  }

  subscribe(types: readonly SimulatedType[]): void {
    this.#sdk?.subscribeEvents(types).catch(ignore);
  }

  unsubscribe(types: readonly SimulatedType[]): void {
    this.#sdk?.unsubscribeEvents(types).catch(ignore);
  }

  publish(payload: Parameters<ModuleIntegration["publishEvent"]>[1]): void {
    this.#sdk?.publishEvent("ActionExecuted", payload as never).catch(ignore);
  }

  /** As SIGKILL does; its wire is cut by whoever holds it. */
  kill(): void {
    this.#isDead = true;
    this.#sdk?.close().catch(ignore);
  }

  #connected(sdk: ModuleIntegration): void {
    this.#sdk = sdk;
    if (this.#isDead) {
      this.kill();
      return;
    }
    const { plan } = this.#options;
    for (const type of SIMULATED_TYPES) sdk.on(type, ({ seq }) => this.#handle({ seq }, true));
    sdk.onGap(({ from_seq: from, to_seq: to, count, reason }) =>
      this.#handle({ seq: from, gap: { from, to, count, reason } }, false),
    );
    void sdk.closed.then(() => {
      this.#isOver = true;
    });
    this.subscribe(plan.types);
  }

  #handle(begun: Begun, isEvent: boolean): Promise<void> | undefined {
    if (this.#isDead) return undefined;
    this.#options.onBegun(begun);
    if (isEvent) this.begunEvents++;
    const { plan, scheduler } = this.#options;
    if (plan.handlerMs === 0) {
      if (isEvent) this.handledEvents++;
      return undefined;
    }
    return new Promise((resolve) => {
      scheduler.schedule(() => {
        if (isEvent && !this.#isDead) this.handledEvents++;
        resolve();
      }, plan.handlerMs);
    });
  }
}

/** Refusals and lost connections are on the wire, where they are looked at. */
function ignore(): void {}
