import type { Observable, SchedulerLike } from "rxjs";
import type { EventType } from "../events/index.js";
import type { Logger } from "../log.js";
import type { SinkPorts } from "./sink.js";
import type { StreamQuery } from "./step.js";
import type { StepCounters } from "./step-counters.js";
import type { StreamItem } from "./stream-item.js";

/** The world of a stream, lent by whoever runs it: the host, `streams run`, `streams test`, a test. */
export interface StreamPorts extends SinkPorts {
  readonly scheduler: SchedulerLike;
  readonly log: Logger;
  /** Events of the types from now on, in seq order, each with its hops. Subscribed to and left by the stream. */
  events$(...types: readonly EventType[]): Observable<StreamItem>;
  readonly query?: StreamQuery;
  /**
   * The items of a recording, from its first. One that can be pulled from gives the next item when the stream has taken
   * the last one; an Observable is not held up.
   */
  recording?(path: string): Observable<StreamItem> | AsyncIterable<StreamItem>;
  /** Milliseconds since 1970, for what a stream generates itself; the scheduler's clock where it is absent. */
  readonly wallClockMs?: () => number;
}

/** Why a stream stands still. It never restarts itself: whoever started it decides. */
export type StreamEnd =
  | { readonly cause: "completed" | "closed" }
  /** A step failed and no `catch` took it; `stepId` is `source` where the source failed. */
  | { readonly cause: "failed"; readonly stepId: string; readonly error: unknown };

/** The counts of what waits before the first step. Items wait only while a sink with the policy `block` is full. */
export interface IntakeCounters {
  in: number;
  dropped: number;
  held: number;
}

/** A stream that runs. It owns its subscriptions, timers, buffers and open sinks, from its start to `close`. */
export interface RunningStream {
  /** Resolves once, when the stream ended and its sinks have written what they held; never rejects. */
  readonly ended: Promise<StreamEnd>;
  readonly intake: Readonly<IntakeCounters>;
  /** Steps and sinks in the order of the file. */
  readonly counters: ReadonlyMap<string, Readonly<StepCounters>>;
  /**
   * What leaves a step (or reaches a sink), live; completes with the stream; a subscriber that throws harms nobody but
   * itself.
   * @throws STREAM_UNKNOWN_STEP
   */
  tap$(id: string): Observable<StreamItem>;
  /**
   * What the steps keep for a successor: give it to `startStream` as it is, and close this stream in the same turn, for
   * what comes between is in neither. What waited before the first step is handled first.
   */
  carry(): ReadonlyMap<string, unknown>;
  /**
   * Ends the source; windows emit what they hold unless it was carried; sinks write what they hold until the signal ends.
   * Idempotent, never rejects.
   */
  close(options: { readonly signal: AbortSignal; readonly isCarried?: boolean }): Promise<StreamEnd>;
}
