import type { StreamProblem } from "../file/stream-problem.js";

/**
 * Where a stream of the host stands. A broken one never ran; one whose newer file is broken runs on. A failed one is not
 * tried again before its file changes: nothing else would mend it.
 */
export type StreamState = "running" | "restarting" | "completed" | "failed" | "broken";

/** The numbers of one step or sink since the host started, over all generations and restarts. */
export interface PartStatus {
  readonly id: string;
  readonly kind: string;
  readonly role: "step" | "sink";
  readonly in: number;
  readonly out: number;
  readonly dropped: number;
  readonly errors: number;
  /** Items that it holds now. */
  readonly held: number;
  readonly retries: number;
  readonly dead_letters: number;
}

/** What `streams list` and `streams show` tell of one file. */
export interface StreamStatus {
  /** The stream's name, or the file's where it was never read. */
  readonly name: string;
  readonly file: string;
  readonly state: StreamState;
  /** Which version of the file runs: 1 for the first, one more for each that took its place; 0 for none. */
  readonly generation: number;
  /** When this state began, in ms since 1970. */
  readonly since_ms: number;
  readonly restarts: number;
  readonly last_error: string | null;
  /** When it is tried again, in ms since 1970. */
  readonly next_try_ms: number | null;
  /** What is wrong with the file as it is now; the generation that runs is an older one then. */
  readonly problems: readonly StreamProblem[];
  readonly intake: { readonly in: number; readonly dropped: number; readonly held: number };
  readonly parts: readonly PartStatus[];
}
