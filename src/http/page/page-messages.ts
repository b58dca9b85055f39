/**
 * What the page reads from the host, as JSON. This file imports nothing: the page's own program, which is made for
 * browsers, takes its types from here.
 */

/** The first message of a feed. */
export interface PageHello {
  /** Milliseconds since 1970. */
  readonly at_ms: number;
  /** Differs after a restart: a page that finds another one begins anew. */
  readonly host_id: string;
  /** Differs when the host brings another page than before: that which is open no longer fits it. */
  readonly page_id: string;
  readonly tick_ms: number;
  /** Of one tick, how many events are shown at most. */
  readonly max_events: number;
  /** The category of each event type. */
  readonly categories: Readonly<Record<string, string>>;
}

/** What became of one event for one module: its seq and its fate, as `explain` names it. */
export type SeenFate = readonly [seq: number, fate: string];

/** One module in one tick. The counts are of all events, also of those that aren't shown. */
export interface PageLane {
  readonly fates: readonly SeenFate[];
  readonly delivered: number;
  readonly dropped: number;
  readonly failed: number;
  readonly filtered: number;
  /** Gaps that it was told of. */
  readonly gaps: number;
}

/** A fifth of a second of the bus, told about a second later, when most fates are known. */
export interface PageTick {
  /** Its end, milliseconds since 1970. */
  readonly at_ms: number;
  /** Of all types. */
  readonly published: number;
  readonly last_seq: number;
  /** The events that are shown; fewer than `published` when there were too many. */
  readonly events: readonly (readonly [seq: number, type: string, published_ms: number])[];
  /** Of modules with anything to tell. */
  readonly lanes: Readonly<Record<string, PageLane>>;
  /** Fates of earlier ticks' events that were open then. */
  readonly late: Readonly<Record<string, readonly SeenFate[]>>;
}

/** An answer to "why did this module not get that event". */
export interface PageAnswer {
  readonly module: string;
  readonly seq: number;
  readonly fate: string;
  readonly text: string;
  readonly event_type?: string;
  readonly published_ms?: number;
}

export interface PageHistogram {
  readonly bounds_seconds: readonly number[];
  readonly counts: readonly number[];
}

export interface PageModule {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  readonly health: { readonly state: string; readonly reason?: string } | null;
  readonly restarts: number;
  readonly use: {
    readonly cpu_percent: number | null;
    readonly memory_bytes: number | null;
  } | null;
  readonly delivery: {
    readonly matched: number;
    readonly delivered: number;
    readonly dropped_full: number;
    readonly failed: number;
    readonly filtered: number;
    readonly waiting: number;
    readonly in_flight: number;
  } | null;
  readonly capacity: number | null;
  readonly is_slow: boolean;
  readonly gaps_told: number;
  /** From publish to acknowledgement. */
  readonly latency: PageHistogram;
  /** In the module's own handlers, as it tells. */
  readonly handlers: PageHistogram;
}

export interface PageStreamPart {
  readonly id: string;
  readonly kind: string;
  readonly role: "step" | "sink";
  readonly in: number;
  readonly out: number;
  readonly dropped: number;
  readonly errors: number;
  readonly held: number;
}

export interface PageStream {
  readonly name: string;
  readonly state: string;
  readonly generation: number;
  readonly restarts: number;
  readonly has_problem: boolean;
  readonly intake: { readonly in: number; readonly dropped: number; readonly held: number };
  readonly parts: readonly PageStreamPart[];
}

export interface PageState {
  readonly at_ms: number;
  readonly host: {
    readonly status: string;
    readonly version: string;
    readonly up_ms: number;
    readonly last_seq: number;
  };
  readonly chain: {
    readonly source: string;
    readonly height: number | null;
    readonly is_synced: boolean | null;
    readonly last_block_ms: number | null;
    readonly connected_blocks: number;
    readonly disconnected_blocks: number;
    readonly reorganisations: number;
    readonly mempool: { readonly transactions: number; readonly bytes: number } | null;
  };
  readonly sandbox: {
    readonly mode: string;
    readonly layers: readonly { readonly number: number; readonly title: string; readonly status: string }[];
  } | null;
  readonly modules: readonly PageModule[];
  readonly streams: readonly PageStream[];
}
