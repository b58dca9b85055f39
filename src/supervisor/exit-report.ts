import { constants } from "node:os";
import { errorCode, errorMessage } from "../errors.js";

/** How a module process ended. */
export interface ExitReport {
  readonly code: number | null;
  readonly signal: string | null;
  /** True when the host had asked the module to stop before. */
  readonly wasAsked: boolean;
  /** True when the module's program never ran. */
  readonly isStartFailure: boolean;
  /** The end in words, ready to follow "the module". */
  readonly reason: string;
}

/** Signals of this system by number; of two names for one signal the first. */
const signalNames: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.signals)
    .map(([name, number]) => [number, name] as const)
    .reverse(),
);

/** Puts an exit code or signal into words; an end that nobody asked for is called so. */
export function describeExit(code: number | null, signal: string | null, wasAsked: boolean): ExitReport {
  return { code, signal, wasAsked, isStartFailure: false, reason: reasonOf(code, signal, wasAsked) };
}

/**
 * Puts the end of a sandbox into words. A sandbox that ended by itself tells how the program in it ended as a shell does:
 * 128 + n is the death by signal n, or the exit code 128 + n; both are named then, and the signal is taken for true.
 * @param told what the sandbox said of the program's end; undefined when the program never ran, or was killed with it
 */
export function describeSandboxExit(
  code: number | null,
  signal: string | null,
  told: number | undefined,
  wasAsked: boolean,
): ExitReport {
  if (signal !== null) return describeExit(null, signal, wasAsked);
  if (told === undefined) {
    // Asked to stop while it still starts, it ends by the signal that it was sent: it did not fail.
    const asked = wasAsked && code !== null ? signalNames.get(code - 128) : undefined;
    if (asked !== undefined) return describeExit(null, asked, wasAsked);
    const reason = `could not be started: its sandbox ended with code ${code} before the program ran`;
    return { code, signal: null, wasAsked, isStartFailure: true, reason };
  }
  const inner = signalNames.get(told - 128);
  if (inner === undefined) return describeExit(told, null, wasAsked);
  const { reason } = describeExit(null, inner, wasAsked);
  const doubt = ` (or exited with code ${told}: its sandbox tells both alike)`;
  return { code: null, signal: inner, wasAsked, isStartFailure: false, reason: `${reason}${doubt}` };
}

/** Exit codes of programs that couldn't do their part, or run the next one. */
const launcherCodes: ReadonlySet<number | null> = new Set([1, 125, 126, 127]);

/**
 * The end in words, with those of the programs that start a module where it is they who failed.
 * @param launcherSaid the last line that one of them printed; undefined for none
 */
export function tellEnd({ code, isStartFailure, reason }: ExitReport, launcherSaid?: string): string {
  const isTheirs = isStartFailure || launcherCodes.has(code);
  return isTheirs && launcherSaid !== undefined ? `could not be started: ${launcherSaid}` : reason;
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
  const reason = `could not be started: ${detail}`;
  return { code: null, signal: null, wasAsked: false, isStartFailure: true, reason };
}
