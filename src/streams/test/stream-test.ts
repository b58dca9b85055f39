import type { AnyEvent } from "../../events/index.js";
import type { Diagram } from "./marble-diagram.js";

/** One test of a stream, read and checked: every letter and id in it is known, and it asserts something. */
export interface StreamTest {
  readonly name: string;
  /** Where it stands in the file. */
  readonly line: number;
  /** Undefined where the stream makes its items itself. */
  readonly source: Diagram | undefined;
  /** By the id of a step or a sink. */
  readonly at: ReadonlyMap<string, Diagram>;
  /** Events by their letters, but for their place in time. */
  readonly events: ReadonlyMap<string, Pick<AnyEvent, "type" | "payload" | "source">>;
  readonly outputs: ReadonlyMap<string, unknown>;
  /** Answers of the node by method. */
  readonly answers: ReadonlyMap<string, unknown>;
  readonly counts: ReadonlyMap<string, CountsOfTest>;
}

export type CountsOfTest = Readonly<
  Partial<Record<"in" | "out" | "dropped" | "errors" | "held", number | undefined>>
>;
