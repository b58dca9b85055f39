import { type EventSource, type EventType, eventTypes } from "../events/index.js";

/** How many events of a type were published, by who published them. */
export interface PublishedCount {
  readonly type: EventType;
  readonly source: "node" | "module" | "stream";
  readonly count: number;
}

/** How many events were published, by type and kind of source. */
export class PublishedCounts {
  readonly #bySource: Readonly<Record<PublishedCount["source"], number[]>> = {
    node: noneOfEach(),
    module: noneOfEach(),
    stream: noneOfEach(),
  };

  note(typeIndex: number, source: EventSource): void {
    const kind = source === "node" ? "node" : source.startsWith("module:") ? "module" : "stream";
    const byType = this.#bySource[kind];
    byType[typeIndex] = (byType[typeIndex] as number) + 1;
  }

  /** Those that are not 0. */
  list(): PublishedCount[] {
    const counts: PublishedCount[] = [];
    for (const source of ["node", "module", "stream"] as const)
      this.#bySource[source].forEach((count, index) => {
        if (count > 0) counts.push({ type: eventTypes[index] as EventType, source, count });
      });
    return counts;
  }
}

function noneOfEach(): number[] {
  return new Array<number>(eventTypes.length).fill(0);
}
