/** Why an event that a module had subscribed to did not go to it, in the order of their codes. */
const causes = [
  "full",
  "filtered",
  "filter_failed",
  "not_encodable",
  "too_large",
  "unwanted_by_successor",
] as const;
export type LossCause = (typeof causes)[number];

/** How things stood when a run of losses began. */
export interface LossScene {
  /** Events that waited before the lost one. */
  readonly waitingEvents: number;
  readonly inFlightEvents: number;
  readonly heldBytes: number;
  /** The oldest of those that waited; 0 when none did. */
  readonly oldestWaitingSeq: number;
}

/** Neighbours that were lost for one cause, with nothing accepted between the first and the last. */
export interface LossRun extends LossScene {
  readonly cause: LossCause;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly count: number;
}

const FROM = 0;
const TO = 1;
const COUNT = 2;
const CAUSE = 3;
const WAITING = 4;
const IN_FLIGHT = 5;
const HELD_BYTES = 6;
const OLDEST = 7;
const FIELDS = 8;

/** Runs that are kept of one module: 256 KiB. */
export const MAX_LOSS_RUNS = 4096;
const FIRST_RUNS = 32;

/**
 * What a module did not get and why, newest last: runs of losses in one array of numbers, which grows by doubling up to
 * {@link MAX_LOSS_RUNS}; then the oldest run is forgotten, and {@link forgottenSeq} tells up to where nothing is known.
 */
export class LossRecord {
  #fields = new Float64Array(FIRST_RUNS * FIELDS);
  #head = 0;
  #count = 0;
  /** The highest seq of a run that was forgotten; 0 while none was. */
  forgottenSeq = 0;

  /**
   * Takes one loss. `acceptedSeq` is the newest event that the pipeline took before it: a loss behind a loss, with
   * nothing accepted between, belongs to the same run; undefined for the first loss of a pipeline, which begins one.
   */
  note(seq: number, cause: LossCause, scene: LossScene, acceptedSeq?: number): void {
    const code = causes.indexOf(cause);
    const fields = this.#fields;
    if (this.#count > 0 && acceptedSeq !== undefined) {
      const last = this.#at(this.#count - 1);
      const lastSeq = fields[last + TO] as number;
      if (fields[last + CAUSE] === code && acceptedSeq < lastSeq && seq > lastSeq) {
        fields[last + TO] = seq;
        fields[last + COUNT] = (fields[last + COUNT] as number) + 1;
        return;
      }
    }
    this.#push(seq, code, scene);
  }

  /** The run that holds this event of the module's, undefined when none does. */
  find(seq: number): LossRun | undefined {
    for (let index = this.#count - 1; index >= 0; index--) {
      const at = this.#at(index);
      if ((this.#fields[at + FROM] as number) <= seq && seq <= (this.#fields[at + TO] as number))
        return this.#run(index);
    }
    return undefined;
  }

  #push(seq: number, code: number, scene: LossScene): void {
    if (this.#count * FIELDS === this.#fields.length) this.#makeRoom();
    const at = this.#at(this.#count);
    const fields = this.#fields;
    fields[at + FROM] = seq;
    fields[at + TO] = seq;
    fields[at + COUNT] = 1;
    fields[at + CAUSE] = code;
    fields[at + WAITING] = scene.waitingEvents;
    fields[at + IN_FLIGHT] = scene.inFlightEvents;
    fields[at + HELD_BYTES] = scene.heldBytes;
    fields[at + OLDEST] = scene.oldestWaitingSeq;
    this.#count++;
  }

  #makeRoom(): void {
    if (this.#count < MAX_LOSS_RUNS) {
      // Not wrapped yet: the ring only turns once it has its full size.
      const larger = new Float64Array(this.#fields.length * 2);
      larger.set(this.#fields);
      this.#fields = larger;
      return;
    }
    this.forgottenSeq = Math.max(this.forgottenSeq, this.#fields[this.#at(0) + TO] as number);
    this.#head = (this.#head + 1) % MAX_LOSS_RUNS;
    this.#count--;
  }

  #at(index: number): number {
    return ((this.#head + index) * FIELDS) % this.#fields.length;
  }

  #run(index: number): LossRun {
    const at = this.#at(index);
    const field = (offset: number) => this.#fields[at + offset] as number;
    return {
      cause: causes[field(CAUSE)] as LossCause,
      fromSeq: field(FROM),
      toSeq: field(TO),
      count: field(COUNT),
      waitingEvents: field(WAITING),
      inFlightEvents: field(IN_FLIGHT),
      heldBytes: field(HELD_BYTES),
      oldestWaitingSeq: field(OLDEST),
    };
  }
}
