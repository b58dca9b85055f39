import type { SchedulerLike } from "rxjs";
import type { ChainEvent } from "../chain-source.js";
import type { ChainOptions } from "../options.js";

// So many events leave before timers and sockets get their turn, at any pace.
const batchEvents = 256;
// What a busy or suspended process missed beyond this is not made up for in a burst.
const longestLagMs = 1000;

/** Events that belong to one moment of the chain. */
export interface Scene {
  /** Made one by one as they leave: making an event changes the replayed node. */
  readonly events: Iterable<ChainEvent>;
  /** At pace real_time: how long the scene takes, in milliseconds. */
  readonly gapMs: number;
  /** At pace real_time: so many events are spread over the gap, the others leave at its end. */
  readonly spreadEvents: number;
}

export interface Pacer {
  /**
   * Emits the events of a scene in order, each at its time, and resolves after the last or once aborted.
   * Yields to the event loop at least every 256 events. One scene at a time. Never rejects.
   */
  play(scene: Scene, { signal }: { signal: AbortSignal }): Promise<void>;
}

/**
 * Decides when events leave.
 * events_per_second: all events evenly, also from scene to scene; 0 is as fast as possible.
 * real_time: a scene's gap, at most `longest_gap_ms`, with its first events spread over it.
 */
export function createPacer(
  { scheduler, emit }: { scheduler: SchedulerLike; emit: (event: ChainEvent) => void },
  options: Pick<ChainOptions, "pace" | "events_per_second" | "longest_gap_ms">,
): Pacer {
  const stepMs = options.events_per_second === 0 ? 0 : 1000 / options.events_per_second;
  let rateDueMs: number | undefined;

  /** When the scene's next event may leave, counted by how many have left. */
  function dueAfter(left: number, scene: Scene, startMs: number): number {
    if (options.pace === "events_per_second") return rateDueMs ?? startMs;
    const gapMs = Math.min(scene.gapMs, options.longest_gap_ms);
    return startMs + (left < scene.spreadEvents ? (gapMs * left) / scene.spreadEvents : gapMs);
  }

  return {
    play(scene, { signal }) {
      return new Promise((resolve) => {
        const events = scene.events[Symbol.iterator]();
        const startMs = scheduler.now();
        let left = 0;

        function leave(): void {
          const nowMs = scheduler.now();
          rateDueMs = Math.max(rateDueMs ?? nowMs, nowMs - longestLagMs);
          for (let batched = 0; batched < batchEvents; batched += 1) {
            const waitMs = dueAfter(left, scene, startMs) - nowMs;
            if (waitMs > 0) {
              timer = scheduler.schedule(leave, Math.ceil(waitMs));
              return;
            }
            const next = events.next();
            if (next.done) {
              finish();
              return;
            }
            left += 1;
            rateDueMs += stepMs;
            emit(next.value);
            if (signal.aborted) return;
          }
          timer = scheduler.schedule(leave, 0);
        }

        function finish(): void {
          signal.removeEventListener("abort", finish);
          timer.unsubscribe();
          resolve();
        }
        let timer = scheduler.schedule(leave, 0);
        if (signal.aborted) finish();
        else signal.addEventListener("abort", finish, { once: true });
      });
    },
  };
}
