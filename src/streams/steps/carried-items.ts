import type { StreamItem } from "../stream-item.js";

/** What a step that holds items keeps for its successor: plain data, whose form the successor looks at first. */
export interface CarriedItems {
  readonly items: readonly StreamItem[];
  /** One per item where the step keeps them, else none. */
  readonly timesMs: readonly number[];
  /** The times that belong to the whole: when the window began, when its last item came. */
  readonly marks: Readonly<Record<string, number>>;
}

const NOTHING: CarriedItems = { items: [], timesMs: [], marks: {} };

/**
 * What the predecessor kept, when it has the form that this step would have kept; else nothing at all.
 * Of more than `max` items the newest ones count.
 */
export function carriedItems(
  state: unknown,
  max: number,
  { isTimed = false, marks = [] as readonly string[] } = {},
): CarriedItems {
  if (!isRecord(state) || !Array.isArray(state.items) || !Array.isArray(state.timesMs)) return NOTHING;
  const { items, timesMs } = state as { items: unknown[]; timesMs: unknown[] };
  const known = isRecord(state.marks) ? state.marks : {};
  if (!items.every(isStreamItem) || !timesMs.every(isNumber) || !marks.every((name) => isNumber(known[name])))
    return NOTHING;
  if (timesMs.length !== (isTimed ? items.length : 0)) return NOTHING;
  return {
    items: items.slice(-max) as StreamItem[],
    timesMs: timesMs.slice(-max) as number[],
    marks: Object.fromEntries(marks.map((name) => [name, known[name] as number])),
  };
}

function isStreamItem(thing: unknown): thing is StreamItem {
  return (
    isRecord(thing) &&
    "value" in thing &&
    isNumber(thing.seq) &&
    isNumber(thing.timestampMs) &&
    isNumber(thing.hops)
  );
}

function isRecord(thing: unknown): thing is Readonly<Record<string, unknown>> {
  return typeof thing === "object" && thing !== null;
}

function isNumber(thing: unknown): thing is number {
  return typeof thing === "number" && Number.isFinite(thing);
}
