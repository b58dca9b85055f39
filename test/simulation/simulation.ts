import type { EventBus, ModulePipeline } from "../../src/bus/index.js";
import type { EventPayload, EventType } from "../../src/events/index.js";
import { shutDownModules } from "../../src/supervisor/shutdown-sequence.js";
import { compareAtEnd, compareBooks } from "./compare-books.js";
import { ConnectionPair } from "./connection-pair.js";
import { demand } from "./discrepancy.js";
import { HostModel, type ModelModule } from "./host-model.js";
import { simulatedPaths } from "./memory-dial.js";
import { ModelConnection, type Sent } from "./model-connection.js";
import type { Sabotage } from "./sabotage.js";
import { modulePayload, nodePayload, type SimulatedType } from "./simulated-events.js";
import { type Load, SimulatedHost } from "./simulated-host.js";
import { type Begun, SimulatedModule } from "./simulated-module.js";
import type { InnerStep, ModuleName, ModulePlan, Step, Story } from "./story.js";
import { Tally } from "./tally.js";
import { TraceHash } from "./trace-hash.js";

type ModuleStep = Extract<Exclude<Step, InnerStep>, { module: ModuleName }>;

let simulations = 0;

interface ModuleState {
  readonly model: ModelModule;
  readonly plan: ModulePlan;
  readonly path: string;
  process: SimulatedModule | undefined;
  load: Load;
  pair: ConnectionPair | undefined;
  /** Ended by the story; what is left of it is being cleared away. */
  isDying: boolean;
  hasForgedAck: boolean;
  /** What it writes is held back, on a connection that is yet to come as well. */
  isHeld: boolean;
  /** Where each thing that was sent stands: which connection, which place. */
  readonly sentAt: Map<number, { connection: number; place: number; sent: Sent }>;
  readonly indexed: number[];
  readonly begun: number[];
  lastBegunConnection: number;
  handledBefore: number;
  begunBefore: number;
}

/** The engine and its model in lock-step: each step happens to both, and after each step they are compared. */
export class Simulation {
  readonly trace = new TraceHash();
  readonly tally = new Tally();
  readonly host: SimulatedHost;
  readonly model: HostModel;
  readonly #modules = new Map<ModuleName, ModuleState>();
  readonly #pairs: ConnectionPair[] = [];
  readonly #serial = { engine: 0, model: 0, module: 0 };
  readonly #jumps: { fromMs: number; toMs: number }[] = [];

  constructor({ modules }: Pick<Story, "modules">, sabotage: Sabotage) {
    this.host = new SimulatedHost(this.tally, sabotage);
    const plans = Object.entries(modules) as [ModuleName, ModulePlan][];
    this.model = new HostModel(plans, this.tally, () => this.host.wallClockMs);
    simulations++;
    for (const [name, plan] of plans) this.#add(name, plan, `simulation-${simulations}/${name}`);
  }

  /** Takes one step and compares. @throws Discrepancy */
  async take(step: Step): Promise<void> {
    switch (step.do) {
      case "react":
        this.host.react(step.type, step.isLate, () => {
          for (const inner of step.steps) this.#engineStep(inner);
        });
        this.model.react(step.type, step.isLate, () => {
          for (const inner of step.steps) {
            this.#tallyInner(inner);
            this.#modelStep(inner);
          }
        });
        break;
      case "turn":
        await this.#turn();
        break;
      case "advance":
        await this.#advance(step.ms, 3);
        break;
      case "jump":
        this.tally.add("clock jump");
        this.#jumps.push({ fromMs: this.host.clock.nowMs, toMs: this.host.clock.nowMs + step.ms });
        this.host.clock.blockMs(step.ms);
        await this.#afterTimers();
        break;
      case "set wall clock":
        this.tally.add("wall clock set");
        this.host.wallOffsetMs += step.ms;
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
        this.#engineStep(step);
        this.#modelStep(step);
        break;
      default:
        await this.#moduleStep(step, this.#modules.get(step.module));
    }
    this.compare();
  }

  compare(): void {
    this.#indexSent();
    for (const pair of this.#pairs) {
      demand(pair.link.end.isClosed !== pair.isOpen, () =>
        pair.isOpen
          ? `${pair.name}: the connection is closed and should not be: ${pair.link.closedBecause}`
          : `${pair.name}: the connection should be closed and is not`,
      );
    }
    compareBooks(this.host.bus, this.model, ({ name }) => this.#pipeline(name), this.trace);
    const found = this.host.loaded.names().join();
    const expected = [...this.model.loaded.keys()].join();
    demand(found === expected, () => `loaded are ${found}, expected ${expected}`);
  }

  /** Lets everything flow and waits until nothing is left to do; then the books must be settled. */
  async settle(): Promise<void> {
    for (let round = 0; round < 400 && !this.#isQuiet(); round++) {
      for (const state of this.#modules.values()) {
        state.isHeld = false;
        state.pair?.link.wire.widen();
      }
      await this.#advance(12, 1);
      this.compare();
    }
    demand(this.#isQuiet(), () => `it never comes to rest: ${this.#unrest()}`);
    compareAtEnd(this.host.bus, this.model);
    const unencodable = this.host.unencodable.join();
    const expected = [...this.model.unencodable].join();
    demand(
      unencodable === expected,
      () => `warned of ${unencodable}, which can't be encoded, expected ${expected}`,
    );
    for (const state of this.#modules.values()) this.#checkHandled(state);
  }

  async close(): Promise<void> {
    for (const { process, path, pair } of this.#modules.values()) {
      simulatedPaths.delete(path);
      pair?.link.wire.kill(0);
      process?.kill();
    }
    this.host.bus.close();
    await drained();
  }

  #add(name: ModuleName, plan: ModulePlan, path: string): void {
    const state: ModuleState = {
      model: this.model.modules.get(name) as ModelModule,
      plan,
      path,
      process: undefined,
      load: newLoad(name),
      pair: undefined,
      isDying: false,
      hasForgedAck: false,
      isHeld: false,
      sentAt: new Map(),
      indexed: [],
      begun: [],
      lastBegunConnection: 0,
      handledBefore: 0,
      begunBefore: 0,
    };
    this.#modules.set(name, state);
    simulatedPaths.set(path, () => {
      const isTaken = state.pair !== undefined && !state.pair.link.end.isClosed;
      if (isTaken || state.isDying || state.process === undefined) return undefined;
      return this.#accept(name, state);
    });
  }

  #accept(name: ModuleName, state: ModuleState) {
    if (state.model.connections.length > 0)
      this.tally.add(state.load.announcement.isAnnounced ? "reconnect" : "new load");
    const link = this.host.accept(name, state.plan, state.load);
    link.wire.isHeld = state.isHeld;
    const { model, tally, trace } = this;
    const deps = { model, tally, trace, nowMs: () => this.host.clock.nowMs, jumps: this.#jumps };
    state.pair = new ConnectionPair(deps, state.model, link, new ModelConnection(state.plan, tally));
    this.#pairs.push(state.pair);
    return link.wire.moduleTransport;
  }

  #pipeline(name: ModuleName): ModulePipeline | undefined {
    return this.#modules.get(name)?.pair?.link.pipeline;
  }

  #engineStep(step: InnerStep): void {
    if (step.do === "publish") {
      for (let n = 0; n < step.times; n++) {
        const payload = nodePayload(step.type, this.#serial.engine++, step.padBytes, step.isUnencodable);
        this.host.publish(step.type, payload);
      }
      return;
    }
    const pair = this.#modules.get(step.module)?.pair;
    const pipeline = pair?.link.pipeline;
    switch (step.do) {
      case "filter":
        if (pipeline !== undefined && pair?.model.hasSubscribed) this.host.filter(pipeline, step.type);
        return;
      case "drop":
        pipeline?.unsubscribe(step.type);
        return;
      case "hang up":
        pair?.link.end.close("hung up");
        return;
      case "shut":
        pipeline?.shut();
        return;
      case "reset":
        this.host.bus.books.resetDeliveryStats(step.module);
        return;
      default:
        step satisfies never;
    }
  }

  #modelStep(step: InnerStep): void {
    if (step.do === "publish") {
      for (let n = 0; n < step.times; n++) {
        const payload = nodePayload(step.type, this.#serial.model++, step.padBytes, step.isUnencodable);
        this.model.publish({ type: step.type, payload, source: "node", isEncodable: !step.isUnencodable });
      }
      return;
    }
    const state = this.#modules.get(step.module);
    if (state === undefined) return;
    const { connection } = state.model;
    switch (step.do) {
      case "filter":
        if (connection?.hasSubscribed && state.pair?.model === connection)
          this.model.addSubscription(connection, step.type, true);
        return;
      case "drop":
        if (connection !== undefined && state.pair?.model === connection)
          this.model.unsubscribe(connection, step.type);
        return;
      case "hang up":
        if (state.pair?.isOpen) this.tally.add("close: by the host");
        state.pair?.noteHangUp();
        return;
      case "shut":
        if (state.pair?.model === connection) connection?.shut();
        return;
      case "reset":
        this.tally.add("statistics reset");
        this.model.reset(state.model);
        return;
      default:
        step satisfies never;
    }
  }

  #tallyInner(step: InnerStep): void {
    if (step.do === "publish" || step.do === "reset") return;
    const state = this.#modules.get(step.module);
    if (state?.pair?.isOpen !== true) return;
    const isSubscribed = state.model.connection?.subscriptions.some(
      ({ type }) => "type" in step && type === step.type,
    );
    if (step.do === "filter" && !isSubscribed) this.tally.add("subscribed from inside a subscriber");
    if (step.do === "drop" && isSubscribed) this.tally.add("unsubscribed from inside a subscriber");
    if (step.do === "hang up") this.tally.add("closed from inside a subscriber");
  }

  async #moduleStep(step: ModuleStep, state: ModuleState | undefined) {
    if (state === undefined) return;
    const { pair, process } = state;
    const wire = pair?.link.wire;
    switch (step.do) {
      case "subscribe":
      case "unsubscribe":
        process?.[step.do](step.types);
        break;
      case "module publishes":
        process?.publish(modulePayload(this.#serial.module++, step.padBytes));
        break;
      case "to module":
        pair?.leave();
        pair?.arrive(step.bytes);
        break;
      case "to host":
        pair?.carryUp(step.bytes);
        break;
      case "stall":
      case "resume":
        if (wire !== undefined) wire.isStalled = step.do === "stall";
        this.tally.add(step.do === "stall" ? "module stops reading" : "module reads again");
        break;
      case "hold":
      case "release":
        state.isHeld = step.do === "hold";
        if (wire !== undefined) wire.isHeld = state.isHeld;
        break;
      case "forge ack":
        this.#forgeAck(state, step.pick);
        break;
      case "kill":
        if (process === undefined || state.isDying) return;
        this.tally.add("module killed");
        this.#killProcess(state, step.lostBytes);
        break;
      case "break":
        if (wire !== undefined && pair?.isOpen) this.tally.add("connection broken");
        wire?.break(step.lostBytes);
        break;
      case "load":
        this.#load(step.module, state);
        break;
      case "unload":
        this.#unload(state);
        break;
      default:
        step satisfies never;
    }
    await drained();
  }

  /** An acknowledgement that the SDK would not send: again, an older one, one too early, one of nothing. */
  #forgeAck(state: ModuleState, pick: number): void {
    const connection = state.pair?.model;
    if (connection === undefined || !connection.isOpen || !connection.isGreeted) return;
    const last = connection.highestSentSeq;
    const seqs = connection.sent.map(({ seq, gap }) => gap?.to ?? seq);
    const choices = [
      connection.highestAckedSeq,
      seqs[pick % Math.max(1, seqs.length)] ?? 0,
      last,
      last + 1 + (pick % 3),
    ];
    const seq = choices[[0, 0, 1, 1, 1, 2, 0, 3][pick % 8] as number] as number;
    if (seq === connection.highestAckedSeq) this.tally.add("duplicate ack");
    state.hasForgedAck = true;
    state.pair?.forgeAck(seq);
  }

  #load(name: ModuleName, state: ModuleState): void {
    if (state.process !== undefined || state.isDying) return;
    state.load = newLoad(name);
    state.isHeld = false;
    state.process = new SimulatedModule({
      name,
      plan: state.plan,
      path: state.path,
      scheduler: this.host.clock.scheduler,
      onBegun: (begun) => this.#noteBegun(state, begun),
    });
  }

  #unload(state: ModuleState): void {
    if (state.process === undefined || state.isDying) return;
    this.tally.add("module unloaded");
    state.pair?.link.pipeline?.shut();
    state.pair?.model.shut();
    state.pair?.hangUp("unloaded");
    this.#killProcess(state, 0);
    this.#bury(state, false);
  }

  #killProcess(state: ModuleState, lostBytes: number): void {
    state.isDying = true;
    state.pair?.link.wire.kill(lostBytes);
    state.process?.kill();
  }

  /** What the supervisor does when nothing of a module is left. */
  #bury(state: ModuleState, isCrash: boolean): void {
    const { model, process } = state;
    const { name } = model;
    const wasAnnounced = model.isAnnounced;
    demand(
      wasAnnounced === state.load.announcement.isAnnounced,
      () => `${name} is announced: ${!wasAnnounced}`,
    );
    state.handledBefore += process?.handledEvents ?? 0;
    state.begunBefore += process?.begunEvents ?? 0;
    state.process = undefined;
    state.isDying = false;
    this.host.loaded.forget(name);
    this.model.forget(model);
    if (isCrash) this.publish("ModuleCrashed", { module_name: name, error: "killed" });
    if (wasAnnounced) this.publish("ModuleUnloaded", { module_name: name, version: "1.0.0" });
  }

  publish<T extends EventType & SimulatedType>(type: T, payload: EventPayload<T>): void {
    this.host.publish(type, payload);
    this.model.publish({ type, payload: payload as never, source: "node", isEncodable: true });
  }

  async #turn(): Promise<void> {
    for (const { link, flush } of this.host.due.splice(0)) {
      const pair = this.#pairs.find((each) => each.link === link);
      pair?.flush(flush);
    }
    for (const pair of this.#pairs) pair.checkTurn();
    let hasArrived = false;
    for (const pair of this.#pairs) {
      pair.leave();
      if (pair.arrive(Number.POSITIVE_INFINITY)) hasArrived = true;
    }
    if (hasArrived) await drained();
    for (const pair of this.#pairs) pair.carryUp(Number.POSITIVE_INFINITY);
    for (const state of this.#modules.values()) await this.#clearAway(state);
  }

  async #clearAway(state: ModuleState): Promise<void> {
    if (state.process?.isOver && !state.isDying) {
      this.tally.add("module gave up");
      this.#killProcess(state, 0);
      await drained();
    }
    if (!state.isDying || state.pair?.isOpen) return;
    this.#bury(state, true);
  }

  async #advance(ms: number, slices: number): Promise<void> {
    const sliceMs = Math.max(1, Math.ceil(ms / slices));
    for (let leftMs = ms; leftMs > 0; leftMs -= sliceMs) {
      this.host.clock.advanceMs(Math.min(sliceMs, leftMs));
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
    const loaded = [...this.#modules.values()].filter(({ process }) => process !== undefined);
    const instances = loaded.map((state) => ({
      get isSettled() {
        return state.pair?.link.pipeline?.isSettled ?? true;
      },
      stop: async () => this.#unload(state),
    }));
    const bus = { publish: this.publish.bind(this) } as unknown as EventBus;
    let isDone = false;
    const deps = { bus, scheduler: this.host.clock.scheduler };
    const stopping = shutDownModules(deps, instances, { reason: "signal", ackTimeoutMs: 300 }).then(() => {
      isDone = true;
    });
    for (let round = 0; round < 100 && !isDone; round++) await this.#advance(5, 1);
    demand(isDone, () => "the shutdown takes longer than it may");
    await stopping;
  }

  #isQuiet(): boolean {
    return this.#unrest() === "";
  }

  #unrest(): string {
    const restless: string[] = [];
    for (const { model, pair, process, isDying } of this.#modules.values()) {
      if (isDying) restless.push(`${model.name} is dying`);
      if (process === undefined || pair === undefined) continue;
      const { connection } = model;
      if (!pair.isOpen || connection === undefined || !process.isConnected) {
        restless.push(`${model.name} is not connected`);
        continue;
      }
      if (connection.inFlight.length > 0)
        restless.push(`${model.name} has ${connection.inFlight.length} in flight`);
      if (connection.isShut) continue;
      if (connection.queue.length > 0) restless.push(`${model.name} has ${connection.queue.length} waiting`);
      if (!connection.hasArrived) restless.push(`${model.name} has not received everything`);
      if (pair.link.wire.upBytes > 0) restless.push(`${model.name} is not heard`);
    }
    return restless.join(", ");
  }

  #indexSent(): void {
    for (const state of this.#modules.values()) {
      state.model.connections.forEach((connection, n) => {
        for (let place = state.indexed[n] ?? 0; place < connection.sent.length; place++) {
          const sent = connection.sent[place] as Sent;
          demand(!state.sentAt.has(sent.seq), () => `seq ${sent.seq} is sent to ${state.model.name} twice`);
          state.sentAt.set(sent.seq, { connection: n, place, sent });
        }
        state.indexed[n] = connection.sent.length;
      });
    }
  }

  /** Handlers see what was sent on each connection from its beginning, each once, in order, with every gap. */
  #noteBegun(state: ModuleState, begun: Begun): void {
    this.#indexSent();
    const { name } = state.model;
    const at = state.sentAt.get(begun.seq);
    if (at === undefined) return this.#blame(`${name} handles seq ${begun.seq}, which it was never sent`);
    const expectedPlace = state.begun[at.connection] ?? 0;
    const isInOrder = at.place === expectedPlace && at.connection >= state.lastBegunConnection;
    if (!isInOrder) return this.#blame(`${name} handles seq ${begun.seq} out of order or again`);
    if (JSON.stringify(at.sent.gap) !== JSON.stringify(begun.gap))
      return this.#blame(`${name} is told ${JSON.stringify(begun)}, expected ${JSON.stringify(at.sent)}`);
    state.begun[at.connection] = expectedPlace + 1;
    state.lastBegunConnection = at.connection;
  }

  #blame(problem: string): void {
    this.#blamed ??= problem;
  }
  #blamed: string | undefined;

  /** What the module really handled lies between delivered and delivered + fate unknown. */
  #checkHandled(state: ModuleState): void {
    demand(this.#blamed === undefined, () => this.#blamed ?? "");
    const { model, plan, process, hasForgedAck } = state;
    if (!plan.hasAcks || hasForgedAck) return;
    const count = (...fates: string[]) => model.everMatched.filter(({ fate }) => fates.includes(fate)).length;
    const handled = state.handledBefore + (process?.handledEvents ?? 0);
    const begun = state.begunBefore + (process?.begunEvents ?? 0);
    const delivered = count("delivered");
    const atMost = delivered + count("fate_unknown");
    demand(delivered <= handled && begun <= atMost, () => {
      const bounds = `between ${delivered} and ${atMost}`;
      return `${model.name} began ${begun} and finished ${handled} events, promised is a number ${bounds}`;
    });
  }
}

function newLoad(moduleName: string): Load {
  return { announcement: { moduleName, version: "1.0.0", isAnnounced: false } };
}

/** Lets promises settle and the SDK's turns pass. */
async function drained(): Promise<void> {
  for (let n = 0; n < 2; n++) await new Promise((resolve) => setImmediate(resolve));
}
