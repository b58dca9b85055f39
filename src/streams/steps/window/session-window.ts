import { StepTimer } from "../../step-timer.js";
import type { OpenWindow, WindowParts } from "./open-window.js";

/** The marks that {@link sessionWindow} keeps. */
export const sessionMarks = ["firstMs", "lastMs"] as const;

/** A list of what came without a silence of `gapMs` between, or within `longestMs` of its first item. */
export function sessionWindow(
  { scheduler, held, offer, emitAll }: WindowParts,
  { gapMs, longestMs }: { readonly gapMs: number; readonly longestMs: number },
  carried: Readonly<Record<string, number>>,
): OpenWindow {
  let { firstMs = 0, lastMs = 0 } = carried;
  const timer = new StepTimer(scheduler, end);
  const endMs = () => Math.min(lastMs + gapMs, firstMs + longestMs);
  if (held.size > 0) timer.set(endMs());

  function end(): void {
    if (held.size > 0) emitAll();
  }

  return {
    add(item) {
      const nowMs = scheduler.now();
      // The timer may be late; the item is not in the session that is over.
      if (held.size > 0 && nowMs >= endMs()) end();
      if (held.size === 0) firstMs = nowMs;
      lastMs = nowMs;
      timer.set(endMs());
      offer(item, nowMs);
    },
    complete: end,
    marks: () => ({ firstMs, lastMs }),
    close: () => timer.close(),
  };
}
