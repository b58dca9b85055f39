import type { PublishedType, SimulatedType } from "./simulated-events.js";

export const MODULES = ["alpha", "beta", "gamma", "delta"] as const;
export type ModuleName = (typeof MODULES)[number];

/** What a module is and what its host grants it. */
export interface ModulePlan {
  readonly capacity: number;
  readonly window: number;
  readonly maxBytes: number;
  readonly maxFrameBytes: number;
  readonly hasAcks: boolean;
  readonly hasGaps: boolean;
  /** Bytes that lie between two processes before the writer's own memory fills. */
  readonly socketBytes: number;
  /** 0: its handlers return at once. */
  readonly handlerMs: number;
  /** What it subscribes to as soon as it is connected. */
  readonly types: readonly SimulatedType[];
  /** What is different from its second load on. */
  readonly later?: Partial<Omit<ModulePlan, "later">>;
}

/** A step that may also be taken from inside a subscriber of the bus. */
export type InnerStep =
  | {
      readonly do: "publish";
      readonly type: PublishedType;
      readonly padBytes: number;
      readonly times: number;
      readonly isUnencodable: boolean;
    }
  | { readonly do: "filter" | "drop"; readonly module: ModuleName; readonly type: SimulatedType }
  | { readonly do: "hang up" | "shut" | "reset"; readonly module: ModuleName };

/** A step that takes no time, so that others can follow in the same turn. */
export type PromptStep =
  | InnerStep
  | { readonly do: "to host"; readonly module: ModuleName; readonly bytes: number }
  | { readonly do: "reload"; readonly module: ModuleName };

export type Step =
  | InnerStep
  | { readonly do: "at once"; readonly steps: readonly PromptStep[] }
  | {
      readonly do: "react";
      readonly type: PublishedType;
      readonly isLate: boolean;
      readonly steps: readonly InnerStep[];
    }
  | {
      readonly do: "subscribe" | "unsubscribe";
      readonly module: ModuleName;
      readonly types: readonly SimulatedType[];
    }
  | { readonly do: "module publishes"; readonly module: ModuleName; readonly padBytes: number }
  | { readonly do: "to module" | "to host"; readonly module: ModuleName; readonly bytes: number }
  | { readonly do: "stall" | "resume" | "hold" | "release"; readonly module: ModuleName }
  | { readonly do: "forge ack"; readonly module: ModuleName; readonly pick: number }
  | { readonly do: "kill" | "break"; readonly module: ModuleName; readonly lostBytes: number }
  | { readonly do: "load" | "unload" | "reload"; readonly module: ModuleName }
  | { readonly do: "turn" | "shutdown" }
  | { readonly do: "advance" | "jump" | "set wall clock"; readonly ms: number };

/** One run of the simulation. It draws nothing while it runs, so any part of its steps is a story too. */
export interface Story {
  readonly modules: Readonly<Partial<Record<ModuleName, ModulePlan>>>;
  /** Modules take neighbouring events together, as they do where the clock is real. */
  readonly takesTogether: boolean;
  readonly steps: readonly Step[];
}

/** A step as one line that somebody can read. */
function describeStep(step: Step): string {
  switch (step.do) {
    case "publish": {
      const what = step.isUnencodable ? "that can't be encoded" : `of ${step.padBytes}+ bytes`;
      return `the node publishes ${step.times} ${step.type} ${what}`;
    }
    case "react": {
      const when = step.isLate ? "after all who wait for it got" : "after every module got";
      return `${when} the next ${step.type}: ${step.steps.map(describeStep).join("; ")}`;
    }
    case "at once":
      return `at once: ${step.steps.map(describeStep).join("; ")}`;
    case "filter":
      return `${step.module} is subscribed to ${step.type} with a filter`;
    case "drop":
      return `the host drops ${step.module}'s subscription to ${step.type}`;
    case "hang up":
      return `the host closes ${step.module}'s connection`;
    case "shut":
      return `the host lets nothing more out to ${step.module}`;
    case "reset":
      return `${step.module}'s statistics start anew`;
    case "subscribe":
    case "unsubscribe":
      return `${step.module} asks to ${step.do}: ${step.types.join(", ")}`;
    case "module publishes":
      return `${step.module} publishes ActionExecuted of ${step.padBytes}+ bytes`;
    case "to module":
      return `${step.bytes} bytes reach ${step.module}`;
    case "to host":
      return `${step.bytes} bytes of ${step.module} reach the host`;
    case "stall":
      return `${step.module} stops reading`;
    case "resume":
      return `${step.module} reads again`;
    case "hold":
      return `what ${step.module} writes is held back`;
    case "release":
      return `what ${step.module} writes flows again`;
    case "forge ack":
      return `${step.module} sends acknowledgement no. ${step.pick} of those it could send`;
    case "kill":
      return `${step.module} is killed; ${step.lostBytes} bytes of its last writes are lost`;
    case "break":
      return `${step.module}'s connection breaks; ${step.lostBytes} bytes of its last writes are lost`;
    case "load":
    case "unload":
      return `the host ${step.do}s ${step.module}`;
    case "reload":
      return `${step.module} is asked to stop for its successor, or, asked before, ends`;
    case "turn":
      return "a turn of the event loop";
    case "shutdown":
      return "the node shuts down";
    case "advance":
      return `${step.ms} ms pass`;
    case "jump":
      return `the host's process is blocked for ${step.ms} ms`;
    case "set wall clock":
      return `the wall clock is set by ${step.ms} ms`;
    default:
      return step satisfies never;
  }
}

/** The whole story, one line for each module and each step. */
export function describeStory({ modules, steps }: Story): string[] {
  const plans = Object.entries(modules).map(
    ([name, plan]) =>
      `${name}: capacity ${plan.capacity}, window ${plan.window}, max_bytes ${plan.maxBytes}, ` +
      `frames up to ${plan.maxFrameBytes}, socket ${plan.socketBytes} bytes, handlers ${plan.handlerMs} ms` +
      `${plan.hasAcks ? "" : ", no acks"}${plan.hasGaps ? "" : ", no gaps"}, subscribes to ${plan.types.join(", ")}` +
      `${plan.later === undefined ? "" : `; later ${JSON.stringify(plan.later)}`}`,
  );
  return [...plans, ...steps.map((step, n) => `${n + 1}. ${describeStep(step)}`)];
}
