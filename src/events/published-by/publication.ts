import type { EventType } from "../catalogue.js";

/** When a publisher publishes each of its types, in one sentence without a stop inside. */
export type Publications = Partial<Readonly<Record<EventType, string>>>;
