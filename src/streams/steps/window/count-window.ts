import type { OpenWindow, WindowParts } from "./open-window.js";

/** The marks that {@link countWindow} keeps. */
export const countMarks = ["unseen"] as const;

/** A list of `count` items, and then again whenever `every` more have come. */
export function countWindow(
  { held, offer, emitAll, emitCopy }: WindowParts,
  { count, every }: { readonly count: number; readonly every: number },
  carried: Readonly<Record<string, number>>,
): OpenWindow {
  /** Items that no list has held yet. */
  let unseen = carried.unseen ?? 0;

  return {
    add(item) {
      offer(item, 0);
      unseen++;
      if (held.size < count) return;
      unseen = 0;
      if (every === count) emitAll();
      else {
        emitCopy();
        for (let n = 0; n < every; n++) held.shift();
      }
    },
    complete() {
      if (unseen > 0 && held.size > 0) emitCopy();
    },
    marks: () => ({ unseen }),
    close() {},
  };
}
