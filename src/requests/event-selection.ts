import type { EventType } from "../events/index.js";

/** Types to subscribe to: a list of them, or each with the filter that its events must pass, or true for all of it. */
export type EventSelection =
  | readonly EventType[]
  // A list of names that aren't events would pass for an object without any of them.
  | ({ readonly [Type in EventType]?: string | true } & { readonly length?: never });

/** The types of a selection, each with its filter or true. */
export function selectedTypes(selection: EventSelection): readonly (readonly [EventType, string | true])[] {
  if (isList(selection)) return selection.map((type) => [type, true] as const);
  return Object.entries(selection) as [EventType, string | true][];
}

function isList(selection: EventSelection): selection is readonly EventType[] {
  return Array.isArray(selection);
}
