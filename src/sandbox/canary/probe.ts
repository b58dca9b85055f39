import type { LayerId } from "../layer.js";
import type { SystemCall } from "./system-calls.js";

/**
 * A parameter of a system call: a number, the address of bytes (a text ends with a zero byte), the address of memory
 * that the kernel writes to and that is reported, or the answer to an earlier step of the same probe.
 */
export type Argument =
  | number
  | bigint
  | string
  | Uint8Array
  | { readonly outBytes: number }
  | { readonly answerOf: number };

/** One system call. */
export interface Step {
  readonly call: SystemCall;
  readonly args: readonly Argument[];
  /** It makes a process, which ends at once. */
  readonly isFork?: boolean;
}

/** How a probe ended. */
export interface Outcome {
  /** What the kernel answered to the last step: from -4095 to -1 an errno. */
  readonly answer: number;
  /** The answers to all of its steps. */
  readonly answers: readonly number[];
  /** What the kernel wrote for the steps that gave it memory to write to, one after the other. */
  readonly out: Buffer;
}

export interface Verdict {
  /** How it ended, in words: an errno's name, "succeeded", or a value. */
  readonly seen: string;
  readonly isDenied: boolean;
}

/** One thing that a module must not be able to do, tried in a way that does no harm where it succeeds. */
export interface Probe {
  readonly layer: LayerId;
  /** What is tried, in words. */
  readonly attempt: string;
  readonly steps: readonly Step[];
  /** What is done when it was tried, whatever came of it. */
  readonly after?: readonly Step[];
  /** How it is to end, in words. */
  readonly expected: string;
  readonly judge: (outcome: Outcome) => Verdict;
  /** It ends otherwise on a plain kernel that has the feature, so that its denial tells of the layer. */
  readonly isTelling: boolean;
}
