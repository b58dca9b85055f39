import { closeSync, openSync, readSync } from "node:fs";
import { type ProcessStat, parseStatLine } from "./stat-line.js";

/** The longest line: 50 numbers of at most 20 digits and a name of 64 bytes. */
const LINE_BYTES = 2048;
const line = Buffer.alloc(LINE_BYTES);

/** Reads one process; undefined when it is gone or hidden. */
export function readStat(pid: number): ProcessStat | undefined {
  try {
    const descriptor = openSync(`/proc/${pid}/stat`, "r");
    try {
      return readOpen(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

/**
 * Reads the same processes again and again through descriptors that stay open (8 µs a reading instead of 30). An open
 * one belongs to its process: a later process with the same number is not mistaken for it. Owns the descriptors.
 */
export class KeptStatReader {
  readonly #descriptors = new Map<number, number>();

  /** One process; undefined when it is gone or hidden. Its descriptor stays open until {@link keepOnly} or close. */
  read(pid: number): ProcessStat | undefined {
    try {
      let descriptor = this.#descriptors.get(pid);
      if (descriptor === undefined) {
        descriptor = openSync(`/proc/${pid}/stat`, "r");
        this.#descriptors.set(pid, descriptor);
      }
      return readOpen(descriptor);
    } catch {
      this.#drop(pid);
      return undefined;
    }
  }

  /** Closes the descriptors of all processes but these. */
  keepOnly(pids: ReadonlySet<number>): void {
    for (const pid of [...this.#descriptors.keys()]) if (!pids.has(pid)) this.#drop(pid);
  }

  #drop(pid: number): void {
    const descriptor = this.#descriptors.get(pid);
    if (descriptor === undefined) return;
    this.#descriptors.delete(pid);
    closeSync(descriptor);
  }
}

function readOpen(descriptor: number): ProcessStat | undefined {
  const bytes = readSync(descriptor, line, 0, LINE_BYTES, 0);
  return parseStatLine(line.toString("latin1", 0, bytes));
}
