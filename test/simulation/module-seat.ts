import type { ModulePipeline } from "../../src/bus/index.js";
import type { EventPayload } from "../../src/events/index.js";
import type { Transport } from "../../src/ipc/index.js";
import { ConnectionPair, type PairDependencies } from "./connection-pair.js";
import { demand } from "./discrepancy.js";
import { HandledLedger } from "./handled-ledger.js";
import type { ModelModule } from "./host-model.js";
import { simulatedPaths } from "./memory-dial.js";
import { ModelConnection } from "./model-connection.js";
import { modulePayload } from "./simulated-events.js";
import type { Load, SimulatedHost } from "./simulated-host.js";
import { SimulatedModule } from "./simulated-module.js";
import type { SimulatedRestarts } from "./simulated-restarts.js";
import type { InnerStep, ModuleName, ModulePlan, Step } from "./story.js";

/** A step of one module's own. */
export type ModuleStep = Extract<Exclude<Step, InnerStep>, { module: ModuleName }>;

export interface SeatDependencies extends PairDependencies {
  readonly host: SimulatedHost;
  readonly restarts: SimulatedRestarts;
  /** Every connection that there ever was, oldest first. */
  readonly pairs: ConnectionPair[];
  /** Publishes in the engine and in the model. */
  readonly publish: <T extends "ModuleCrashed" | "ModuleUnloaded">(type: T, payload: EventPayload<T>) => void;
  readonly nextModuleSerial: () => number;
}

/** One installed module: its loads one after another, the process and the connection of the present one. */
export class ModuleSeat {
  readonly model: ModelModule;
  readonly ledger: HandledLedger;
  readonly #deps: SeatDependencies;
  readonly #path: string;
  #process: SimulatedModule | undefined;
  #load: Load;
  #pair: ConnectionPair | undefined;
  /** Its process is gone; what it wrote is still read. */
  #isDying = false;
  /** Of the present load. */
  #plan: ModulePlan;
  #loads = 0;
  /** What a reload holds for the next load, or held. */
  #held: ModulePipeline | undefined;
  #hasForgedAck = false;
  /** What it writes is held back, on a connection that is yet to come as well. */
  #isHeld = false;

  constructor(deps: SeatDependencies, model: ModelModule, path: string) {
    this.#deps = deps;
    this.model = model;
    this.ledger = new HandledLedger(model);
    this.#path = path;
    this.#load = this.#newLoad();
    this.#plan = model.plan;
    simulatedPaths.set(path, () => {
      const isTaken = this.#pair !== undefined && !this.#pair.link.end.isClosed;
      return isTaken || this.#isDying || this.#process === undefined ? undefined : this.#accept();
    });
  }

  /** The newest connection. */
  get pair(): ConnectionPair | undefined {
    return this.#pair;
  }

  get isLoaded(): boolean {
    return this.#process !== undefined;
  }

  take(step: ModuleStep): void {
    const wire = this.#pair?.link.wire;
    const { tally } = this.#deps;
    switch (step.do) {
      case "subscribe":
      case "unsubscribe":
        this.#process?.[step.do](step.types);
        return;
      case "module publishes":
        this.#process?.publish(modulePayload(this.#deps.nextModuleSerial(), step.padBytes));
        return;
      case "to module":
        this.#pair?.leave();
        this.#pair?.arrive(step.bytes);
        return;
      case "to host":
        this.#pair?.carryUp(step.bytes);
        return;
      case "stall":
      case "resume":
        if (wire !== undefined) wire.isStalled = step.do === "stall";
        tally.add(step.do === "stall" ? "module stops reading" : "module reads again");
        return;
      case "hold":
      case "release":
        this.#isHeld = step.do === "hold";
        if (wire !== undefined) wire.isHeld = this.#isHeld;
        return;
      case "forge ack":
        return this.#forgeAck(step.pick);
      case "kill":
        if (this.#process === undefined || this.#isDying) return;
        tally.add("module killed");
        return this.#kill(step.lostBytes);
      case "break":
        if (this.#pair?.isOpen) tally.add("connection broken");
        wire?.break(step.lostBytes);
        return;
      case "load":
        if (this.#process !== undefined || this.#isDying) return;
        this.#deps.restarts.takeInHand(this.model.name);
        return this.load();
      case "unload":
        return this.unload();
      case "reload":
        return this.#reload();
      default:
        step satisfies never;
    }
  }

  load(): void {
    if (this.#process !== undefined || this.#isDying) return;
    const { name, plan: first } = this.model;
    const plan = this.#loads++ === 0 ? first : { ...first, ...first.later };
    this.#plan = plan;
    this.#load = this.#newLoad();
    this.#isHeld = false;
    this.#process = new SimulatedModule({
      name,
      plan,
      path: this.#path,
      scheduler: this.#deps.host.clock.scheduler,
      onBegun: (begun) => this.ledger.noteBegun(begun),
    });
  }

  /** Asked to stop: nothing more goes out, the connection is closed, the process ends. */
  unload(): void {
    if (this.#process === undefined || this.#isDying) return;
    this.#deps.restarts.takeInHand(this.model.name);
    this.#deps.tally.add("module unloaded");
    if (this.#heldPipeline === undefined) {
      this.#pair?.link.pipeline?.shut();
      this.#pair?.model.shut();
    }
    this.#pair?.hangUp("unloaded");
    this.#giveUpHold();
    this.#kill(0);
    this.#bury(false);
  }

  /** A process that gave up ends; a dead one is buried when everything that it wrote was read. */
  clearAway(): void {
    if (this.#process?.isOver && !this.#isDying) {
      this.#deps.tally.add("module gave up");
      this.#kill(0);
    }
    if (this.#isDying && !this.#pair?.isOpen) this.#bury(true);
  }

  /** Nothing holds anything back any more. */
  widen(): void {
    if (this.model.isStopping && !this.#isDying) this.#kill(0);
    this.#isHeld = false;
    this.#pair?.link.wire.widen();
  }

  /** What keeps it from rest; empty when nothing does. */
  unrest(): string {
    const { name, connection } = this.model;
    if (this.#isDying) return `${name} is dying`;
    if (this.#process === undefined || this.#pair === undefined) return "";
    if (!this.#pair.isOpen || connection === undefined || !this.#process.isConnected)
      return `${name} is not connected`;
    if (connection.inFlight.length > 0) return `${name} has ${connection.inFlight.length} in flight`;
    if (this.model.isStopping) return `${name} is being reloaded`;
    if (connection.isShut) return "";
    // A successor may never subscribe, when the connection broke on which it asked.
    if (connection.queue.length > 0 && !connection.isHeld)
      return `${name} has ${connection.queue.length} waiting`;
    if (!connection.hasArrived) return `${name} has not received everything`;
    return this.#pair.link.wire.upBytes > 0 ? `${name} is not heard` : "";
  }

  checkHandled(): void {
    this.ledger.checkOrder();
    const { hasAcks, later } = this.model.plan;
    if (hasAcks && later?.hasAcks !== false && !this.#hasForgedAck) this.ledger.checkBounds(this.#process);
  }

  close(): void {
    simulatedPaths.delete(this.#path);
    this.#pair?.link.wire.kill(0);
    this.#process?.kill();
  }

  #accept(): Transport {
    const { host, tally, pairs } = this.#deps;
    const { name } = this.model;
    const plan = this.#plan;
    if (this.model.connections.length > 0)
      tally.add(this.#load.announcement.isAnnounced ? "reconnect" : "new load");
    const link = host.accept(name, plan, this.#load);
    link.wire.isHeld = this.#isHeld;
    this.#pair = new ConnectionPair(this.#deps, this.model, link, new ModelConnection(plan, tally));
    pairs.push(this.#pair);
    return link.wire.moduleTransport;
  }

  /** An acknowledgement that the SDK would not send: again, an older one, one too early, one of nothing. */
  #forgeAck(pick: number): void {
    const connection = this.#pair?.model;
    if (connection === undefined || !connection.isOpen || !connection.isGreeted) return;
    const last = connection.highestSentSeq;
    const seqs = connection.sent.map(({ seq, gap }) => gap?.to ?? seq);
    const any = seqs[pick % Math.max(1, seqs.length)] ?? 0;
    const again = connection.highestAckedSeq;
    const choices = [again, again, any, any, any, last, again, last + 1 + (pick % 3)];
    const seq = choices[pick % choices.length] as number;
    if (seq === again) this.#deps.tally.add("duplicate ack");
    this.#hasForgedAck = true;
    this.#pair?.forgeAck(seq);
  }

  /** Its pipeline is held while its process stops; asked again, the process is at its end. */
  #reload(): void {
    const { model } = this;
    if (this.#process === undefined || this.#isDying) return;
    if (model.isStopping) return this.#kill(0);
    const pipeline = this.#pair?.link.pipeline;
    const { connection } = model;
    if (this.#heldPipeline !== undefined || pipeline === undefined || !this.#pair?.isOpen) return;
    if (connection === undefined || connection !== this.#pair.model || connection.isShut) return;
    this.#deps.tally.add("reload began");
    pipeline.hold();
    this.#held = pipeline;
    connection.isHeld = true;
    model.isStopping = true;
  }

  get #heldPipeline(): ModulePipeline | undefined {
    return this.#held?.isHeld === true ? this.#held : undefined;
  }

  #giveUpHold(): void {
    if (this.#heldPipeline === undefined) return;
    this.#deps.tally.add("reload given up");
    this.#deps.host.bus.closePipeline(this.#heldPipeline);
    this.#held = undefined;
    this.model.connection?.giveUpHold();
  }

  #newLoad(): Load {
    const { model } = this;
    return {
      announcement: {
        moduleName: model.name,
        version: "1.0.0",
        isAnnounced: false,
        isStopping: () => model.isStopping,
      },
      heldPipeline: () => this.#heldPipeline,
    };
  }

  #kill(lostBytes: number): void {
    this.#isDying = true;
    this.#pair?.link.wire.kill(lostBytes);
    this.#process?.kill();
  }

  /** What the supervisor does when nothing of a module is left. */
  #bury(isCrash: boolean): void {
    const { model } = this;
    const { name, isAnnounced } = model;
    const { host, publish } = this.#deps;
    demand(
      isAnnounced === this.#load.announcement.isAnnounced,
      () => `${name} is ${isAnnounced ? "not " : ""}announced, expected the contrary`,
    );
    if (this.#process !== undefined) this.ledger.addLoad(this.#process);
    this.#process = undefined;
    this.#isDying = false;
    host.loaded.forget(name);
    this.#deps.model.forget(model);
    const hasSuccessor = this.#heldPipeline !== undefined;
    if (hasSuccessor && !model.isStopping)
      this.#deps.tally.add("reload: the successor died before it subscribed");
    model.isStopping = false;
    if (isCrash && !hasSuccessor) publish("ModuleCrashed", { module_name: name, error: "killed" });
    if (isAnnounced) publish("ModuleUnloaded", { module_name: name, version: "1.0.0" });
    if (hasSuccessor) this.load();
    else if (isCrash) this.#deps.restarts.noteCrash(name);
  }
}
