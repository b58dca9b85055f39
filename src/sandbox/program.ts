import type { Machine } from "./machine.js";
import { isJavaScript } from "./program-file.js";

/** A file or folder that a program sees elsewhere than it lies. */
export interface ShownFile {
  readonly path: string;
  readonly seenPath: string;
}

/** What must be in sight for a program, read-only: at its own path unless it says otherwise. */
export type Need = string | ShownFile;

/** How the system runs a file, and what must be in sight for that. */
export interface Program {
  /** The command with the arguments that come before the entry point's own, as the module sees the paths. */
  readonly command: readonly string[];
  /** Beside the module's code. */
  readonly needs: readonly Need[];
  /** RLIMIT_DATA is this much plus the module's budget. */
  readonly baseDataBytes: number;
}

/** The program without a sandbox: nothing is looked at, and whatever the system can run is run. */
export function plainProgram({ nodePath, runtimeDataBytes }: Machine, entryPath: string): Program {
  const command = isJavaScript(entryPath) ? [nodePath, entryPath] : [entryPath];
  return { command, needs: [], baseDataBytes: runtimeDataBytes };
}
