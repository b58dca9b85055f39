import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

const RECORD_BYTES = 1024;

/**
 * What one module process knows of its own doings, in a file that outlives a SIGKILL: saved before each
 * acknowledgement leaves, so the host can never count an event as delivered that the record doesn't hold.
 *
 * The publisher numbers its events without a hole, and every module subscribes to all of them: a number that is
 * missing between two events must have been told by gaps standing right there.
 */
export class HandledRecord {
  #fd;
  #byType = {};
  #faults = {};
  #seen = new Uint8Array(1 << 16);
  #counts = { gaps: 0, told: 0, reordered: 0, duplicates: 0, unexplained: 0, connections: 1 };
  #lastSeq = 0;
  #lastOrdinal = 0;
  #toldSince = 0;

  constructor(dataDir, moduleId) {
    const folder = join(dataDir, "records");
    mkdirSync(folder, { recursive: true });
    this.#fd = openSync(join(folder, moduleId), "w");
    this.save();
  }

  /** A new connection: what was lost between the two is known to the host alone. */
  reconnected() {
    this.#counts.connections++;
    this.#lastOrdinal = 0;
    this.#toldSince = 0;
  }

  event(type, seq, ordinal) {
    this.#byType[type] = (this.#byType[type] ?? 0) + 1;
    if (this.#isRepeated(ordinal)) this.#counts.duplicates++;
    else if (seq <= this.#lastSeq) this.#counts.reordered++;
    if (this.#lastOrdinal > 0 && ordinal !== this.#lastOrdinal + this.#toldSince + 1) {
      this.#counts.unexplained++;
    }
    this.#lastSeq = seq;
    this.#lastOrdinal = ordinal;
    this.#toldSince = 0;
  }

  gap({ from_seq: fromSeq, to_seq: toSeq, count }) {
    this.#counts.gaps++;
    this.#counts.told += count;
    this.#toldSince += count;
    if (fromSeq <= this.#lastSeq || toSeq < fromSeq) this.#counts.reordered++;
    this.#lastSeq = toSeq;
  }

  /** The module is about to misbehave. */
  fault(name) {
    this.#faults[name] = (this.#faults[name] ?? 0) + 1;
    this.save();
  }

  /** One write of less than a page: a kill leaves the old text or the new one. */
  save() {
    const reachedOrdinal = this.#lastOrdinal + this.#toldSince;
    const record = { ...this.#counts, reachedOrdinal, byType: this.#byType, faults: this.#faults };
    const text = JSON.stringify(record);
    writeSync(this.#fd, text.padEnd(RECORD_BYTES), 0);
  }

  close() {
    this.save();
    closeSync(this.#fd);
  }

  #isRepeated(ordinal) {
    const at = ordinal >> 3;
    if (at >= this.#seen.length) {
      const larger = new Uint8Array(Math.max(at + 1, this.#seen.length * 2));
      larger.set(this.#seen);
      this.#seen = larger;
    }
    const bit = 1 << (ordinal & 7);
    if ((this.#seen[at] & bit) !== 0) return true;
    this.#seen[at] |= bit;
    return false;
  }
}
