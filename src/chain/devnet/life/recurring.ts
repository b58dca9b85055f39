import type { SchedulerLike, Subscription } from "rxjs";

/** Longer waits are slept in parts: timers of the platform hold 31 bits. */
const LONGEST_WAIT_MS = 2 ** 30;
/** So many times in a row, then timers and sockets get their turn. */
const MOST_IN_A_ROW = 8;
/** What a busy or suspended process missed beyond this is not made up for. */
const LONGEST_LAG_MS = 250;

export interface Recurring {
  /** Draws the time until the next one anew, as is right when the rate changed: these intervals have no memory. */
  redraw(): void;
  /** Idempotent; leaves no timer. */
  close(): void;
}

/**
 * Does something again and again, each time after an interval that is drawn then. Late timers don't slow it: the
 * intervals follow one another from when it was due, up to 250 ms back; what was missed before that is left out.
 * Yields at least every 8 times. `act` doesn't throw.
 */
export function recurring(
  { scheduler }: { readonly scheduler: SchedulerLike },
  { drawMs, act }: { readonly drawMs: () => number; readonly act: () => void },
): Recurring {
  let timer: Subscription | undefined;
  let isClosed = false;
  let isActing = false;
  let dueMs = scheduler.now() + drawMs();

  function wait(): void {
    const waitMs = Math.min(Math.max(0, Math.ceil(dueMs - scheduler.now())), LONGEST_WAIT_MS);
    timer = scheduler.schedule(run, waitMs);
  }

  function run(): void {
    isActing = true;
    for (let times = 0; times < MOST_IN_A_ROW && !isClosed; times += 1) {
      const nowMs = scheduler.now();
      if (dueMs > nowMs) break;
      dueMs = Math.max(dueMs, nowMs - LONGEST_LAG_MS) + drawMs();
      act();
    }
    isActing = false;
    if (!isClosed) wait();
  }

  wait();
  return {
    redraw() {
      if (isClosed) return;
      dueMs = scheduler.now() + drawMs();
      // Else the end of the run waits for it.
      if (isActing) return;
      timer?.unsubscribe();
      wait();
    },
    close() {
      isClosed = true;
      timer?.unsubscribe();
    },
  };
}
