import { once } from "node:events";
import type { Writable } from "node:stream";

/** Where a command writes: results to `stdout`, everything else to `stderr`. */
export interface Output {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Columns of the terminal; undefined where there is none and lines may be as long as they like. */
  readonly columns: number | undefined;
}

/** Writes text and waits while the reader is behind, so that nothing piles up in memory. */
export async function print({ stdout }: Output, text: string): Promise<void> {
  if (!stdout.write(text)) await once(stdout, "drain");
}

/** Writes one JSON value on a line of its own. */
export function printJson(output: Output, value: unknown): Promise<void> {
  return print(output, `${JSON.stringify(value)}\n`);
}
