/** A module that lost events in the last ten seconds is slow. */
const WINDOW_MS = 10_000;

/** What a module's books and channel say now. */
export interface DeliveryReading {
  /** Events that it lost because its channel was full, ever. */
  readonly dropped: number;
  /** The same by event type. */
  readonly droppedByType: () => Readonly<Record<string, number>>;
  readonly waitingEvents: number;
  /** Age of the oldest event that waits. */
  readonly oldestWaitingMs: number;
}

/** From the first loss that was seen to the last, with none for ten seconds behind it. */
export interface SlowEpisode {
  /** Milliseconds of the clock that the readings were taken by. */
  readonly startMs: number;
  readonly endMs: number;
  readonly dropped: number;
  /** Events lost, by type, most first. */
  readonly byType: readonly (readonly [type: string, dropped: number])[];
  /** The most that was seen waiting, and the longest wait. */
  readonly peakWaitingEvents: number;
  readonly peakWaitingMs: number;
}

/** An episode that has not ended. */
interface OpenEpisode {
  readonly startMs: number;
  readonly before: Readonly<Record<string, number>>;
  endMs: number;
  peakWaitingEvents: number;
  peakWaitingMs: number;
}

/** Tells from a growing count of lost events whether a module is slow, and of each episode what it was. */
export class SlowWatch {
  #dropped: number;
  #byType: Readonly<Record<string, number>>;
  #episode: OpenEpisode | undefined;

  constructor(reading: DeliveryReading | undefined) {
    this.#dropped = reading?.dropped ?? 0;
    this.#byType = reading?.droppedByType() ?? {};
  }

  get isSlow(): boolean {
    return this.#episode !== undefined;
  }

  /** Takes the present reading; counts that were reset begin anew. @returns the episode that ended with it */
  note(nowMs: number, reading: DeliveryReading): SlowEpisode | undefined {
    const { dropped } = reading;
    if (dropped < this.#dropped) this.#byType = {};
    if (dropped > this.#dropped) this.#grow(nowMs);
    this.#dropped = dropped;
    const episode = this.#episode;
    if (episode === undefined) {
      if (dropped === 0) this.#byType = {};
      return undefined;
    }
    episode.peakWaitingEvents = Math.max(episode.peakWaitingEvents, reading.waitingEvents);
    episode.peakWaitingMs = Math.max(episode.peakWaitingMs, reading.oldestWaitingMs);
    return nowMs - episode.endMs < WINDOW_MS ? undefined : this.end(reading);
  }

  /** Ends the episode that is under way, if one is. */
  end(reading: DeliveryReading): SlowEpisode | undefined {
    const episode = this.#episode;
    if (episode === undefined) return undefined;
    this.#episode = undefined;
    const { before, ...seen } = episode;
    const now = reading.droppedByType();
    this.#byType = now;
    const byType = Object.entries(now)
      .map(([type, count]) => [type, count - (before[type] ?? 0)] as const)
      .filter(([, count]) => count > 0)
      .sort(([, a], [, b]) => b - a);
    return { ...seen, dropped: byType.reduce((sum, [, count]) => sum + count, 0), byType };
  }

  #grow(nowMs: number): void {
    this.#episode ??= {
      startMs: nowMs,
      before: this.#byType,
      endMs: nowMs,
      peakWaitingEvents: 0,
      peakWaitingMs: 0,
    };
    this.#episode.endMs = nowMs;
  }
}
