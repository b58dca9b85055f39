import type { HostModel } from "./host-model.js";
import type { ModuleSeat } from "./module-seat.js";
import { nodePayload } from "./simulated-events.js";
import type { SimulatedHost } from "./simulated-host.js";
import type { InnerStep, ModuleName, PromptStep, Step } from "./story.js";
import type { Tally } from "./tally.js";

export interface InnerStepDependencies {
  readonly host: SimulatedHost;
  readonly model: HostModel;
  readonly tally: Tally;
  readonly seats: ReadonlyMap<ModuleName, ModuleSeat>;
}

/**
 * Steps that happen inside the host's process: at once, or from inside a subscriber. Engine and model take each on
 * their own, because in a subscriber the engine takes it in the middle of a delivery that the model repeats later.
 */
export class InnerSteps {
  readonly #deps: InnerStepDependencies;
  #engineSerial = 0;
  #modelSerial = 0;

  constructor(deps: InnerStepDependencies) {
    this.#deps = deps;
  }

  take(step: InnerStep): void {
    this.#takeInEngine(step);
    this.#takeInModel(step);
  }

  /** One after another, with nothing between them: neighbours among the events wait for one another meanwhile. */
  takeAtOnce(steps: readonly PromptStep[]): void {
    for (const step of steps) {
      if (step.do === "to host" || step.do === "reload") this.#deps.seats.get(step.module)?.take(step);
      else this.take(step);
    }
  }

  react({ type, isLate, steps }: Extract<Step, { do: "react" }>): void {
    const { host, model } = this.#deps;
    host.react(type, isLate, () => {
      for (const step of steps) this.#takeInEngine(step);
    });
    model.react(type, isLate, () => {
      for (const step of steps) {
        this.#tally(step);
        this.#takeInModel(step);
      }
    });
  }

  #takeInEngine(step: InnerStep): void {
    const { host, seats } = this.#deps;
    if (step.do === "publish") {
      const { type, padBytes, isUnencodable } = step;
      for (let n = 0; n < step.times; n++)
        host.publish(type, nodePayload(type, this.#engineSerial++, padBytes, isUnencodable));
      return;
    }
    const pair = seats.get(step.module)?.pair;
    const pipeline = pair?.link.pipeline;
    switch (step.do) {
      case "filter":
        if (pipeline !== undefined && pair?.model.hasSubscribed) host.filter(pipeline, step.type);
        return;
      case "drop":
        return pipeline?.unsubscribe(step.type);
      case "hang up":
        return pair?.link.end.close("hung up");
      case "shut":
        if (pipeline?.isHeld === false) pipeline.shut();
        return;
      case "reset":
        host.bus.books.resetDeliveryStats(step.module);
        return;
      default:
        step satisfies never;
    }
  }

  #takeInModel(step: InnerStep): void {
    const { model, seats, tally } = this.#deps;
    if (step.do === "publish") {
      const { type, padBytes, isUnencodable } = step;
      for (let n = 0; n < step.times; n++) {
        const payload = nodePayload(type, this.#modelSerial++, padBytes, isUnencodable);
        model.publish({ type, payload, source: "node", isEncodable: !isUnencodable });
      }
      return;
    }
    const seat = seats.get(step.module);
    if (seat === undefined) return;
    const { pair } = seat;
    // The module's last connection may be an old one while the newest has not shaken hands.
    const connection = pair?.model.isGreeted ? pair.model : undefined;
    switch (step.do) {
      case "filter":
        if (connection?.hasSubscribed) model.addSubscription(connection, step.type, true);
        return;
      case "drop":
        if (connection !== undefined) model.unsubscribe(connection, step.type);
        return;
      case "hang up":
        if (pair?.isOpen) tally.add("close: by the host");
        return pair?.noteHangUp();
      case "shut":
        if (connection?.isHeld === false) connection.shut();
        return;
      case "reset":
        tally.add("statistics reset");
        return model.reset(seat.model);
      default:
        step satisfies never;
    }
  }

  #tally(step: InnerStep): void {
    if (step.do === "publish") return;
    const { seats, tally } = this.#deps;
    const pair = seats.get(step.module)?.pair;
    if (!pair?.isOpen) return;
    if (step.do === "hang up") tally.add("closed from inside a subscriber");
    if (!("type" in step)) return;
    const isSubscribed = pair.model.subscriptions.some(({ type }) => type === step.type);
    if (step.do === "filter" && !isSubscribed) tally.add("subscribed from inside a subscriber");
    if (step.do === "drop" && isSubscribed) tally.add("unsubscribed from inside a subscriber");
  }
}
