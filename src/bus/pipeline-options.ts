import type { AnyEvent } from "../events/index.js";
import type { Logger } from "../log.js";
import type { EncodedFrame } from "./encoded-frame.js";
import type { EventEncoder, EventRecord } from "./event-record.js";
import type { Gap } from "./gap.js";
import type { ModuleHistory } from "./history/module-history.js";
import type { RecentEvents } from "./history/recent-events.js";
import type { ModuleBooks } from "./module-books.js";
import type { DeliveryOptions } from "./options.js";

/** Where a pipeline's events go: the write side of one connection. It owns the bytes from the call on. */
export interface EventSink {
  /** False while bytes wait in user space because the peer doesn't read. */
  readonly hasDemand: boolean;
  /** Sends one event's frame, or those of so many neighbours that lie in one piece, of which `seq` is the newest's. */
  sendEvent(frame: EncodedFrame, seq: number, events?: number): void;
  sendGap(gap: Gap): void;
  /** Asks for one call of the pipeline's `pump` before the next write. */
  requestFlush(): void;
}

export interface PipelineOptions extends DeliveryOptions {
  /** The peer acknowledges; without it a write to the socket is all that is known. */
  readonly hasAcks: boolean;
  /** The peer understands gap marks; without it losses are counted and not told. */
  readonly hasGaps: boolean;
  /** Longest frame that the connection carries, in bytes. */
  readonly maxFrameBytes: number;
}

export interface PipelineDependencies {
  readonly books: ModuleBooks;
  /** Where it writes what {@link EventBus.explain} is answered from. */
  readonly history: ModuleHistory;
  readonly recent: Pick<RecentEvents, "turnSeq">;
  readonly sink: EventSink;
  readonly encode: EventEncoder;
  readonly onEncodeFailure: (record: EventRecord, cause: unknown) => void;
  readonly nowMs: () => number;
  /** Milliseconds since 1970. */
  readonly wallClockMs: () => number;
  readonly log: Logger;
  /** Brings in the events that were published and that no pipeline has taken yet. */
  readonly catchUp: () => void;
}

/** Whether an event passes a module's filter. */
export interface EventFilter {
  (event: AnyEvent): boolean;
  /** The expression that it was made of, for whoever asks why an event was filtered. */
  readonly source?: string;
}

export type AckOutcome = "taken" | "ignored" | "beyond_sent";
