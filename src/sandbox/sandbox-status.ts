import type { Readable } from "node:stream";
import { programPidOf } from "./program-pid.js";

/** What a sandbox tells of itself while it lives. */
export interface SandboxStatus {
  /** Resolves when the sandbox has its first process, or will never have one. Never rejects. */
  readonly begun: Promise<void>;
  /** Resolves when all is told: soon after the sandbox ended. Never rejects. */
  readonly finished: Promise<void>;
  /**
   * How the program ended: its exit code, or 128 + its signal. Undefined as long as it runs, when it could not be run, and
   * when the sandbox was killed around it.
   */
  readonly exitCode: number | undefined;
  /** Looks for the program's process now; undefined while it isn't there and when it is gone. */
  findProgram(): number | undefined;
  /** Stops listening. */
  close(): void;
}

/** Two short lines; whatever comes after this many characters isn't the sandbox's. */
const MAX_CHARACTERS = 4096;

/** The pid of the sandbox's first process, from what `bwrap --json-status-fd` wrote so far. */
export function sandboxPidOf(text: string): number | undefined {
  return numberIn(text, "child-pid");
}

/**
 * Follows what `bwrap --json-status-fd` writes: one JSON object a line, which may come in pieces. The exit code is told
 * only of a program that was really run. Takes the stream over.
 * @see bwrap(1)
 */
export function followStatus(stream: Readable): SandboxStatus {
  let text = "";
  let noteBegun: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    noteBegun = resolve;
  });
  const finished = new Promise<void>((resolve) => {
    stream.once("close", () => {
      noteBegun();
      resolve();
    });
  });
  stream.on("error", () => {});
  stream.setEncoding("latin1");
  stream.on("data", (piece: string) => {
    if (text.length < MAX_CHARACTERS) text += piece.slice(0, MAX_CHARACTERS);
    if (numberIn(text, "child-pid") !== undefined) noteBegun();
  });
  return {
    begun,
    finished,
    get exitCode() {
      return numberIn(text, "exit-code");
    },
    findProgram() {
      const sandboxPid = numberIn(text, "child-pid");
      return sandboxPid === undefined ? undefined : programPidOf(sandboxPid);
    },
    close() {
      stream.destroy();
    },
  };
}

/** A number is complete when something follows it. */
function numberIn(text: string, name: "child-pid" | "exit-code"): number | undefined {
  const [, number] = new RegExp(`"${name}":\\s*(\\d{1,10})[,\\s}]`).exec(text) ?? [];
  return number === undefined ? undefined : Number(number);
}
