import { StepTimer } from "../../step-timer.js";
import { TickGrid } from "../tick-grid.js";
import type { OpenWindow, WindowParts } from "./open-window.js";

/** The marks that {@link tumblingWindow} keeps. */
export const tumblingMarks = ["startMs", "endMs"] as const;

/** Windows side by side: each item is in one list. What comes at a window's end belongs to the next one. */
export function tumblingWindow(
  { scheduler, held, offer, emitAll }: WindowParts,
  { lengthMs, isEmptyEmitted }: { readonly lengthMs: number; readonly isEmptyEmitted: boolean },
  carried: Readonly<Record<string, number>>,
): OpenWindow {
  const { startMs = scheduler.now() } = carried;
  const grid = new TickGrid(startMs, lengthMs);
  let endMs = carried.endMs ?? startMs;
  const timer = new StepTimer(scheduler, end);
  if (held.size > 0) timer.set(endMs);
  else if (isEmptyEmitted) begin();

  function begin(): void {
    endMs = grid.after(scheduler.now());
    timer.set(endMs);
  }

  function end(): void {
    if (isEmptyEmitted) begin();
    if (isEmptyEmitted || held.size > 0) emitAll();
  }

  return {
    add(item) {
      const nowMs = scheduler.now();
      // The timer may be late; the item is not in the window that is over.
      if (nowMs >= endMs) {
        if (held.size > 0 || isEmptyEmitted) end();
        if (!isEmptyEmitted) begin();
      }
      offer(item, nowMs);
    },
    complete() {
      if (held.size > 0) emitAll();
    },
    marks: () => ({ startMs, endMs }),
    close: () => timer.close(),
  };
}
