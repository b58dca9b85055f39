/** How the system runs a file, and what must be in sight for that. */
export interface Program {
  /** The command with the arguments that come before the entry point's own, as the module sees the paths. */
  readonly command: readonly string[];
  /** Files and folders beside the code that are bound in, read-only, at the same paths. */
  readonly needs: readonly string[];
  /** RLIMIT_DATA is this much plus the module's budget. */
  readonly baseDataBytes: number;
}
