import type { EventBus } from "../../src/bus/index.js";
import type { EventPayload, EventType } from "../../src/events/index.js";
import { shutDownModules } from "../../src/supervisor/shutdown-sequence.js";
import { compareAtEnd, compareBooks } from "./compare-books.js";
import type { ConnectionPair } from "./connection-pair.js";
import { demand } from "./discrepancy.js";
import { HostModel, type ModelModule } from "./host-model.js";
import { InnerSteps } from "./inner-steps.js";
import { ModuleSeat } from "./module-seat.js";
import type { Sabotage } from "./sabotage.js";
import type { SimulatedType } from "./simulated-events.js";
import { SimulatedHost } from "./simulated-host.js";
import { SimulatedRestarts } from "./simulated-restarts.js";
import type { ModuleName, ModulePlan, Step, Story } from "./story.js";
import { Tally } from "./tally.js";
import { TraceHash } from "./trace-hash.js";

const MAX_ROUNDS_TO_REST = 400;
const ROUND_MS = 12;

let simulations = 0;

/** The engine and its model in lock-step: each step happens to both, and after each step they are compared. */
export class Simulation {
  readonly trace = new TraceHash();
  readonly tally = new Tally();
  readonly #host: SimulatedHost;
  readonly #model: HostModel;
  readonly #inner: InnerSteps;
  readonly #restarts: SimulatedRestarts;
  readonly #seats = new Map<ModuleName, ModuleSeat>();
  readonly #pairs: ConnectionPair[] = [];
  readonly #jumps: { fromMs: number; toMs: number }[] = [];
  #moduleSerial = 0;

  constructor({ modules, takesTogether }: Omit<Story, "steps">, sabotage: Sabotage) {
    const { tally, trace } = this;
    const host = new SimulatedHost(tally, sabotage, takesTogether);
    const plans = Object.entries(modules) as [ModuleName, ModulePlan][];
    const model = new HostModel(plans, tally, () => host.wallClockMs);
    this.#host = host;
    this.#model = model;
    this.#inner = new InnerSteps({ host, model, tally, seats: this.#seats });
    this.#restarts = new SimulatedRestarts(host.clock, tally, (name) => this.#seats.get(name)?.load());
    const deps = {
      host,
      restarts: this.#restarts,
      model,
      tally,
      trace,
      pairs: this.#pairs,
      jumps: this.#jumps,
      nowMs: () => host.clock.nowMs,
      publish: this.#publish.bind(this),
      nextModuleSerial: () => this.#moduleSerial++,
    };
    simulations++;
    for (const [name, module] of model.modules)
      this.#seats.set(name, new ModuleSeat(deps, module, `simulation-${simulations}/${name}`));
  }

  /** Takes one step and compares. @throws Discrepancy */
  async take(step: Step): Promise<void> {
    const { clock } = this.#host;
    switch (step.do) {
      case "react":
        this.#inner.react(step);
        break;
      case "at once":
        this.#inner.takeAtOnce(step.steps);
        await drained();
        break;
      case "turn":
        await this.#turn();
        break;
      case "advance":
        await this.#advance(step.ms, 3);
        break;
      case "jump":
        this.tally.add("clock jump");
        this.#jumps.push({ fromMs: clock.nowMs, toMs: clock.nowMs + step.ms });
        clock.blockMs(step.ms);
        await this.#afterTimers();
        break;
      case "set wall clock":
        this.tally.add("wall clock set");
        this.#host.wallOffsetMs += step.ms;
        break;
      case "shutdown":
        await this.#shutDown();
        break;
      case "publish":
      case "filter":
      case "drop":
      case "hang up":
      case "shut":
      case "reset":
        this.#inner.take(step);
        break;
      default:
        this.#seats.get(step.module)?.take(step);
        await drained();
    }
    this.#compare();
  }

  /** Lets everything flow and waits until nothing is left to do; then the books must be settled. */
  async settle(): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS_TO_REST && this.#unrest() !== ""; round++) {
      for (const seat of this.#seats.values()) seat.widen();
      await this.#advance(ROUND_MS, 1);
      this.#compare();
    }
    demand(this.#unrest() === "", () => `it never comes to rest: ${this.#unrest()}`);
    compareAtEnd(this.#host.bus, this.#model);
    const warned = this.#host.unencodable.join();
    const expected = [...this.#model.unencodable].join();
    demand(warned === expected, () => `warned that ${warned} can't be encoded, expected ${expected}`);
    for (const seat of this.#seats.values()) seat.checkHandled();
  }

  async close(): Promise<void> {
    this.#restarts.close();
    for (const seat of this.#seats.values()) seat.close();
    this.#host.bus.close();
    await drained();
  }

  #compare(): void {
    const { bus, loaded } = this.#host;
    for (const { ledger } of this.#seats.values()) ledger.index();
    for (const { name, isOpen, link } of this.#pairs) {
      demand(link.end.isClosed !== isOpen, () =>
        isOpen
          ? `${name}: the connection is closed and should not be: ${link.closedBecause}`
          : `${name}: the connection should be closed and is not`,
      );
    }
    const pipelineOf = ({ name }: ModelModule) => this.#seats.get(name)?.pair?.link.pipeline;
    compareBooks(bus, this.#model, pipelineOf, this.trace);
    this.#restarts.compare();
    const found = loaded.names().join();
    const expected = [...this.#model.loaded.keys()].join();
    demand(found === expected, () => `loaded are ${found}, expected ${expected}`);
  }

  #publish<T extends EventType & SimulatedType>(type: T, payload: EventPayload<T>): void {
    this.#host.publish(type, payload);
    this.#model.publish({ type, payload: { ...payload }, source: "node", isEncodable: true });
  }

  /** A turn of the event loop: what is due is written, and whatever may move does, one hop in each direction. */
  async #turn(): Promise<void> {
    for (const { link, flush } of this.#host.due.splice(0))
      this.#pairs.find((each) => each.link === link)?.flush(flush);
    for (const pair of this.#pairs) pair.checkTurn();
    let hasArrived = false;
    for (const pair of this.#pairs) {
      pair.leave();
      if (pair.arrive(Number.POSITIVE_INFINITY)) hasArrived = true;
    }
    if (hasArrived) await drained();
    for (const pair of this.#pairs) pair.carryUp(Number.POSITIVE_INFINITY);
    for (const seat of this.#seats.values()) seat.clearAway();
  }

  async #advance(ms: number, slices: number): Promise<void> {
    const sliceMs = Math.max(1, Math.ceil(ms / slices));
    for (let leftMs = ms; leftMs > 0; leftMs -= sliceMs) {
      this.#host.clock.advanceMs(Math.min(sliceMs, leftMs));
      await this.#afterTimers();
      for (const pair of this.#pairs) pair.checkLimits();
      await this.#turn();
    }
  }

  async #afterTimers(): Promise<void> {
    for (const pair of this.#pairs) pair.noteTimers();
    await drained();
  }

  async #shutDown(): Promise<void> {
    this.tally.add("node shutdown");
    const loaded = [...this.#seats].filter(([, { isLoaded }]) => isLoaded);
    const instances = loaded.map(([name, seat]) => ({
      isSettled: () => seat.pair?.link.pipeline?.isSettled ?? true,
      manifest: {
        name,
        version: "1.0.0",
        dependencies: new Map(),
        optionalDependencies: new Map(),
      },
      stop: async () => seat.unload(),
    }));
    const bus = { publish: this.#publish.bind(this) } as unknown as EventBus;
    const deps = { bus, scheduler: this.#host.clock.scheduler };
    let isDone = false;
    const stopping = shutDownModules(deps, instances, {
      reason: "signal",
      ackTimeoutMs: 300,
      stopTimeoutMs: 1000,
    }).then(() => {
      isDone = true;
    });
    for (let round = 0; round < 100 && !isDone; round++) await this.#advance(5, 1);
    demand(isDone, () => "the shutdown takes longer than it may");
    await stopping;
  }

  #unrest(): string {
    const restless = [...this.#seats.values()].map((seat) => seat.unrest());
    return restless.filter((text) => text !== "").join(", ");
  }
}

/** Lets promises settle and the SDK's turns pass. */
async function drained(): Promise<void> {
  for (let n = 0; n < 2; n++) await new Promise((resolve) => setImmediate(resolve));
}
