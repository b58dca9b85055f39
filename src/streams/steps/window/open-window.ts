import type { SchedulerLike } from "rxjs";
import type { StreamItem } from "../../stream-item.js";
import type { HeldItems } from "../held-items.js";

/** A window while its stream runs: when lists leave is its own matter, what it holds belongs to its step. */
export interface OpenWindow {
  add(item: StreamItem): void;
  /** The source completed: emits what no list held yet. */
  complete(): void;
  /** The times that a successor needs to go on. */
  marks(): Readonly<Record<string, number>>;
  close(): void;
}

/** What the step lends to its window. */
export interface WindowParts {
  readonly scheduler: SchedulerLike;
  readonly held: HeldItems;
  /** Takes an item in; what happens when there is no room was declared. */
  offer(item: StreamItem, timeMs: number): void;
  /** Emits a list of everything that is held, and holds nothing any more. */
  emitAll(): void;
  /** Emits a list of everything that is held, and holds it still. */
  emitCopy(): void;
}
