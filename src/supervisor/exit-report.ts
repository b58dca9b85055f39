import { constants } from "node:os";
import { errorCode, errorMessage } from "../errors.js";

/** How a module process ended. */
export interface ExitReport {
  readonly code: number | null;
  readonly signal: string | null;
  /** True when the host had asked the module to stop before. */
  readonly wasAsked: boolean;
  /** The end in words, ready to follow "the module". */
  readonly reason: string;
}

/** Signals of this system by number. */
export const signalNames: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name]),
);

/** Puts an exit code or signal into words; an end that nobody asked for is called so. */
export function describeExit(code: number | null, signal: string | null, wasAsked: boolean): ExitReport {
  return { code, signal, wasAsked, reason: reasonOf(code, signal, wasAsked) };
}

function reasonOf(code: number | null, signal: string | null, wasAsked: boolean): string {
  const asked = wasAsked ? " after it was asked to stop" : "";
  if (signal !== null) return `killed by ${signal}${asked}`;
  switch (code) {
    case null:
      return `ended without code or signal${asked}`;
    case 0:
      return wasAsked ? "stopped as asked with code 0" : "exited with code 0 though nobody asked it to stop";
    case 126:
    case 127:
      return `exited with code ${code}${asked}, which is also what a launcher says when it can't run the program`;
    default: {
      const inner = signalNames.get(code - 128);
      return `exited with code ${code}${inner === undefined ? "" : ` (128 + ${inner})`}${asked}`;
    }
  }
}

/** The report of a process that never came to be. */
export function describeSpawnFailure(error: unknown, command: string, workingDir: string): ExitReport {
  const code = errorCode(error);
  const detail =
    code === "ENOENT"
      ? `ENOENT: ${command}, its interpreter, or the working directory ${workingDir} doesn't exist`
      : errorMessage(error);
  return { code: null, signal: null, wasAsked: false, reason: `could not be started: ${detail}` };
}
