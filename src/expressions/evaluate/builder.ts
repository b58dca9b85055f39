import type { ASTNode } from "@marcbachmann/cel-js";
import type { StepMeter } from "../step-meter.js";
import type { Evaluate } from "./evaluate.js";

/** What is wrong with a place of an expression, for the error that a person reads. */
export interface Problem {
  readonly found: string;
  readonly allowed: string;
  readonly hint?: string;
}

export interface BuilderParts {
  readonly meter: StepMeter;
  /** The names that the whole expression may use, in the order of their slots. */
  readonly variables: readonly string[];
  readonly refuse: (node: ASTNode, problem: Problem) => Error;
  /** Turns a node into what computes it, with this builder; nodes contain nodes, calls contain nodes. */
  readonly buildNode: (node: ASTNode, builder: Builder) => Evaluate;
}

/**
 * What pieces of one expression share while they are built: the frame that holds its variables, the meter, and the count
 * of nodes from which the cost of a loop's round is known.
 */
export class Builder {
  readonly meter: StepMeter;
  /** The values of the variables in scope: one slot each, as many as are ever in scope at once. */
  readonly frame: unknown[] = [];
  /** Nodes built so far, those inside of finished loops not counted. */
  nodes = 0;
  /** Patterns compiled so far. */
  patterns = 0;
  /** Instructions of these patterns. */
  patternSize = 0;
  readonly #names: string[] = [];
  readonly #refuse: BuilderParts["refuse"];
  readonly #buildNode: BuilderParts["buildNode"];

  constructor({ meter, variables, refuse, buildNode }: BuilderParts) {
    this.meter = meter;
    this.#refuse = refuse;
    this.#buildNode = buildNode;
    for (const name of variables) this.#declare(name);
  }

  /** The names in scope, outermost first. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** The slot of the innermost variable of this name. */
  slotOf(name: string): number | undefined {
    const slot = this.#names.lastIndexOf(name);
    return slot < 0 ? undefined : slot;
  }

  /** Builds something in which a further variable is in scope, and says in which slot it stands. */
  withVariable<Built>(name: string, build: (slot: number) => Built): Built {
    const slot = this.#declare(name);
    try {
      return build(slot);
    } finally {
      this.#names.pop();
    }
  }

  /** Builds a loop's body and counts its nodes for each round instead of once. */
  countRound<Built>(build: () => Built): { readonly built: Built; readonly roundSteps: number } {
    const before = this.nodes;
    const built = build();
    const roundSteps = 1 + this.nodes - before;
    this.nodes = before;
    return { built, roundSteps };
  }

  /** Turns a part of the syntax tree into what computes it. @throws what {@link refuse} makes */
  build(node: ASTNode): Evaluate {
    this.nodes++;
    return this.#buildNode(node, this);
  }

  refuse(node: ASTNode, problem: Problem): Error {
    return this.#refuse(node, problem);
  }

  #declare(name: string): number {
    const slot = this.#names.push(name) - 1;
    if (slot === this.frame.length) this.frame.push(undefined);
    return slot;
  }
}
