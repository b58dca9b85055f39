/** One script that was really run, not remembered. */
export interface ScriptRun {
  readonly txid: string;
  readonly inputIndex: number;
  readonly isValid: boolean;
  readonly durationMs: number;
}

/** Hears of each script that was run, right after it has. */
export interface ScriptObserver {
  note(run: ScriptRun): void;
  /** A clock that only measures. */
  nowMs(): number;
}
