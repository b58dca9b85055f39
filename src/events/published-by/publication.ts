import type { EventType } from "../catalogue.js";

/** When a publisher publishes each of its types, in one sentence that begins with a capital. */
export type Publications = Partial<Readonly<Record<EventType, string>>>;
