import { type AnyEvent, type EventType, publishedWhen, publisherNames } from "../events/index.js";
import type { RecordingOptions } from "./options.js";

/**
 * Whether an event of a recording is said again to another host. What the recording host said of itself and of its modules
 * is not: the host that plays says that of its own.
 */
export function isReplayed({ type, source }: AnyEvent, sources: RecordingOptions["sources"]): boolean {
  return (source === "node" || sources === "all") && !isOfHost(type);
}

function isOfHost(type: EventType): boolean {
  const tellers = publisherNames.filter((publisher) => publishedWhen(publisher, type) !== undefined);
  return tellers.includes("host") && tellers.length === 1;
}
