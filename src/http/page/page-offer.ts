import type { EventType } from "../../events/index.js";
import type { PageAnswer, PageState } from "./page-messages.js";

/** The delivery books of one module, all types together, since the host started. */
export interface LaneReading {
  readonly module: string;
  readonly delivered: number;
  readonly dropped: number;
  readonly failed: number;
  readonly filtered: number;
  readonly gaps: number;
}

/** What the feed asks the bus while somebody looks; nothing is asked otherwise. */
export interface PageSource {
  /** The newest event's seq. */
  lastSeq(): number;
  /** Undefined for events that are too long ago. */
  typeOf(seq: number): EventType | undefined;
  /** The types that some module is subscribed to now. */
  wantedTypes(): ReadonlySet<EventType>;
  /** Each module that ever connected. */
  readings(): readonly LaneReading[];
  fateOf(module: string, seq: number): Pick<PageAnswer, "fate" | "published_ms">;
}

/** What the host lends to the page. */
export interface PageOffer {
  /** The folder with the page's own files; where there is none, there is no page. */
  readonly assetsDir: string;
  readonly source: PageSource;
  state(): Promise<PageState>;
  /** Undefined for a module that isn't installed and never was while the host ran. */
  explain(module: string, seq: number): Promise<PageAnswer | undefined>;
}
