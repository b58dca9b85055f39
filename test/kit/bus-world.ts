import type { DeliveryCounts, PipelineOptions } from "../../src/bus/index.js";
import type { SentEntry } from "./bus-recording-sink.js";
import type { SizedType } from "./bus-sized-events.js";

export const MODULES = ["one", "two", "three"] as const;
export type ModuleName = (typeof MODULES)[number];

/** What can happen to a bus and its modules; the engine and its oracle both live through it. */
export interface World {
  publish(type: SizedType, bytes: number): void;
  /** With reserved room it can't be refused; without, it goes the way of any event that the module subscribed to. */
  publishTo(module: ModuleName, type: SizedType, bytes: number, isReserved: boolean): void;
  /** Only events of even size pass the filter. */
  subscribe(module: ModuleName, type: SizedType, isFiltered: boolean): void;
  unsubscribe(module: ModuleName, type: SizedType): void;
  /** Acknowledges one of: nothing, each seq that was sent, one beyond. */
  acknowledge(module: ModuleName, pick: number): void;
  /** Everything sent so far left the process. */
  written(module: ModuleName): void;
  flush(module: ModuleName): void;
  setDemand(module: ModuleName, hasDemand: boolean): void;
  /** Closes the module's connection where it has one, and opens another. */
  open(module: ModuleName, options: PipelineOptions): void;
  /** Lets nothing more in or out; acknowledgements still count. */
  shut(module: ModuleName): void;
  close(module: ModuleName): void;
  reset(module: ModuleName): void;
  atTurn(work: () => void): void;
  /** At the next delivery of this type, `work` runs in a subscriber before any module is given the event. */
  react(type: SizedType, work: () => void): void;
}

/** What both worlds must agree on after every step. */
export interface Witness {
  /** Per module and type; zeros may be left out. */
  books(module: ModuleName): Partial<Record<SizedType, Counts>>;
  /** The same, resets ignored. */
  totals(module: ModuleName): Partial<Record<SizedType, Counts>>;
  /** What each connection of the module was given so far, oldest connection first. */
  sent(module: ModuleName): readonly (readonly SentEntry[])[];
  readonly ackOutcomes: readonly string[];
}

export type Counts = Omit<DeliveryCounts, "successful" | "failed" | "channel_full">;

export type Step =
  | { readonly do: "publish"; readonly type: SizedType; readonly bytes: number }
  | { readonly do: "flood"; readonly type: SizedType; readonly bytes: number; readonly times: number }
  | {
      readonly do: "publishTo";
      readonly module: ModuleName;
      readonly type: SizedType;
      readonly bytes: number;
      readonly isReserved: boolean;
    }
  | {
      readonly do: "subscribe";
      readonly module: ModuleName;
      readonly type: SizedType;
      readonly isFiltered: boolean;
      readonly isAtTurn: boolean;
    }
  | { readonly do: "unsubscribe"; readonly module: ModuleName; readonly type: SizedType }
  | { readonly do: "acknowledge"; readonly module: ModuleName; readonly pick: number }
  | { readonly do: "written" | "flush" | "shut" | "close" | "reset"; readonly module: ModuleName }
  | { readonly do: "setDemand"; readonly module: ModuleName; readonly hasDemand: boolean }
  | { readonly do: "open"; readonly module: ModuleName; readonly options: PipelineOptions }
  | { readonly do: "react"; readonly type: SizedType; readonly steps: readonly Step[] };

export function take(world: World, step: Step): void {
  switch (step.do) {
    case "publish":
      return world.publish(step.type, step.bytes);
    case "flood":
      for (let n = 0; n < step.times; n++) world.publish(step.type, step.bytes);
      return;
    case "publishTo":
      return world.publishTo(step.module, step.type, step.bytes, step.isReserved);
    case "subscribe": {
      const subscribe = () => world.subscribe(step.module, step.type, step.isFiltered);
      return step.isAtTurn ? world.atTurn(subscribe) : subscribe();
    }
    case "unsubscribe":
      return world.unsubscribe(step.module, step.type);
    case "acknowledge":
      return world.acknowledge(step.module, step.pick);
    case "written":
    case "flush":
    case "shut":
    case "close":
    case "reset":
      return world[step.do](step.module);
    case "setDemand":
      return world.setDemand(step.module, step.hasDemand);
    case "open":
      return world.open(step.module, step.options);
    case "react":
      return world.react(step.type, () => {
        for (const inner of step.steps) take(world, inner);
      });
    default:
      step satisfies never;
  }
}

/** Which seq an acknowledgement names: 0, one that was sent, or one beyond. */
export function pickAck(sent: readonly SentEntry[], pick: number): number {
  const seqs = sent.map((entry) => (entry.kind === "event" ? entry.seq : entry.toSeq));
  const choices = [0, ...seqs, (seqs.at(-1) ?? 0) + 1];
  return choices[pick % choices.length] ?? 0;
}
