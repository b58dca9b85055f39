import { filter, firstValueFrom, map, timeout } from "rxjs";
import type { ChainEvent, ChainSource } from "../../src/chain/index.js";

export interface EventRecorder {
  /** Everything that came since the recorder was made. */
  readonly events: readonly ChainEvent[];
  /** Resolves when so many NewBlock events came; rejects after the deadline. */
  blocks(count: number, deadlineMs?: number): Promise<void>;
  /** Resolves when so many events came; rejects after the deadline. */
  count(count: number, deadlineMs?: number): Promise<void>;
}

/** Records the events of a source from now on, for as long as the source lives. */
export function recordEvents(source: ChainSource): EventRecorder {
  const events: ChainEvent[] = [];
  let blocks = 0;
  source.events$.subscribe((event) => {
    events.push(event);
    if (event.type === "NewBlock") blocks += 1;
  });
  async function until(isReached: () => boolean, deadlineMs: number): Promise<void> {
    if (isReached()) return;
    await firstValueFrom(
      source.events$.pipe(map(isReached), filter(Boolean), timeout({ first: deadlineMs })),
    );
  }
  return {
    events,
    blocks: (count, deadlineMs = 20_000) => until(() => blocks >= count, deadlineMs),
    count: (count, deadlineMs = 20_000) => until(() => events.length >= count, deadlineMs),
  };
}
