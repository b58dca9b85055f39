import { StepTimer } from "../../step-timer.js";
import { TickGrid } from "../tick-grid.js";
import type { OpenWindow, WindowParts } from "./open-window.js";

/** The marks that {@link slidingWindow} keeps. */
export const slidingMarks = ["startMs", "tickMs", "unseen"] as const;

/** At each tick a list of what came within the time before it. What comes at a tick belongs to the next list. */
export function slidingWindow(
  { scheduler, held, offer, emitCopy }: WindowParts,
  options: { readonly lengthMs: number; readonly everyMs: number; readonly isEmptyEmitted: boolean },
  carried: Readonly<Record<string, number>>,
): OpenWindow {
  const { lengthMs, everyMs, isEmptyEmitted } = options;
  const { startMs = scheduler.now() } = carried;
  const grid = new TickGrid(startMs, everyMs);
  let tickMs = carried.tickMs ?? startMs;
  /** Items that no list has held yet. */
  let unseen = carried.unseen ?? 0;
  const timer = new StepTimer(scheduler, tick);
  if (held.size > 0) timer.set(tickMs);
  else if (isEmptyEmitted) begin();

  function begin(): void {
    tickMs = grid.after(scheduler.now());
    timer.set(tickMs);
  }

  function forget(): void {
    while (held.firstMs < tickMs - lengthMs) held.shift();
  }

  /** A late timer makes one list, for the tick that is over first: every item is in one at least. */
  function tick(): void {
    forget();
    const isEmitted = held.size > 0 || isEmptyEmitted;
    if (isEmitted) begin();
    unseen = 0;
    if (isEmitted) emitCopy();
  }

  return {
    add(item) {
      const nowMs = scheduler.now();
      if (nowMs >= tickMs) {
        if (held.size > 0 || isEmptyEmitted) tick();
        if (nowMs >= tickMs) begin();
      }
      if (held.isFull) forget();
      offer(item, nowMs);
      unseen++;
    },
    complete() {
      forget();
      if (unseen > 0 && held.size > 0) emitCopy();
    },
    marks: () => ({ startMs, tickMs, unseen }),
    close: () => timer.close(),
  };
}
