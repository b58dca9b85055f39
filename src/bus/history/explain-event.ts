import type { Explanation } from "./explanation.js";
import type { LossRun } from "./loss-record.js";
import type { EndedConnection, ModuleHistory, SubscriptionSpan } from "./module-history.js";
import { RECENT_EVENTS, type RecentEvent, type RecentEvents } from "./recent-events.js";

/** What a pipeline that is open knows of an event that its channel took. */
export interface OpenPipeline {
  readonly life: number;
  /** The newest event or mark that was sent over the present connection; 0 when none was. */
  readonly sentSeq: number;
  /** The oldest event that was sent and not acknowledged; Infinity when all were. */
  readonly unsettledSeq: number;
  readonly waitingEvents: number;
  /** Since when it has not acknowledged what it was sent, monotonic milliseconds. */
  readonly stalledSinceMs: number;
}

export interface Evidence {
  readonly recent: RecentEvents;
  /** Undefined for a module that never connected. */
  readonly history: ModuleHistory | undefined;
  /** Undefined while the module has no connection. */
  readonly pipeline: OpenPipeline | undefined;
}

type Answer = Pick<Explanation, "fate" | "text"> & Partial<Explanation>;

/**
 * Says where an event went, seen from one module, out of the bounded record: never a guess. What is no longer known is
 * called forgotten.
 */
export function explainEvent(moduleName: string, seq: number, evidence: Evidence): Explanation {
  const { recent } = evidence;
  const event = recent.of(seq);
  if (event === undefined) return { module: moduleName, seq, ...unknownEvent(seq, recent) };
  const { type, publishedMs } = event;
  return {
    module: moduleName,
    seq,
    event_type: type,
    published_ms: publishedMs,
    ...fateOf(moduleName, seq, event, evidence),
  };
}

function unknownEvent(seq: number, { lastSeq }: RecentEvents): Answer {
  if (seq > lastSeq)
    return {
      fate: "not_published",
      text: `No event ${seq} was published yet: the newest is ${lastSeq}.`,
    };
  return forgotten(`Event ${seq} is too long ago: the types of the last ${RECENT_EVENTS} events are kept.`);
}

function forgotten(text: string): Answer {
  return { fate: "forgotten", text };
}

function fateOf(moduleName: string, seq: number, event: RecentEvent, evidence: Evidence): Answer {
  const { history, recent } = evidence;
  if (event.onlyFor !== undefined && event.onlyFor.moduleName !== moduleName)
    return notAddressed(seq, event, `${event.onlyFor.moduleName} alone, which had missed what it repeats`);
  if (history === undefined || !history.hasLived)
    return (
      refusal(seq, event, history) ?? {
        fate: "not_subscribed",
        text: `${moduleName} has not connected since the host started.`,
      }
    );
  const spans = history.spansOf(event.type);
  const span = spans.find(({ afterSeq, lastSeq }) => afterSeq < seq && seq <= lastSeq);
  if (span === undefined) return unsubscribed(moduleName, seq, event, spans, history);
  if (event.onlyFor !== undefined && event.onlyFor.life !== span.life)
    return notAddressed(seq, event, `an earlier connection of ${moduleName} alone`);
  if (seq > recent.turnSeq)
    return {
      fate: "waiting",
      text: `Event ${seq} waits for its turn on the bus: events before it are delivered first.`,
    };
  const run = history.losses.find(seq);
  if (run !== undefined) return lossAnswer(moduleName, seq, event, run, span);
  if (seq <= history.losses.forgottenSeq)
    return forgotten(
      `${moduleName} had subscribed to ${event.type}, and whether event ${seq} was lost is forgotten: of losses the record begins behind event ${history.losses.forgottenSeq}.`,
    );
  return acceptedAnswer(moduleName, seq, span, history, evidence);
}

function notAddressed(seq: number, { type }: RecentEvent, whom: string): Answer {
  return { fate: "not_addressed", text: `Event ${seq} (${type}) was for ${whom}.` };
}

function refusal(seq: number, event: RecentEvent, history: ModuleHistory | undefined): Answer | undefined {
  const refused = history?.refusalOf(event.type);
  if (refused === undefined || refused.afterSeq >= seq) return undefined;
  return {
    fate: "refused",
    cause: refused.code,
    text: `Its SubscribeEvents of ${timeText(refused.atMs)} was refused (${refused.code}): ${refused.message}`,
  };
}

function unsubscribed(
  moduleName: string,
  seq: number,
  event: RecentEvent,
  spans: readonly SubscriptionSpan[],
  history: ModuleHistory,
): Answer {
  if (seq <= history.forgottenSpanSeq)
    return forgotten(`Which types ${moduleName} had subscribed to at event ${seq} is forgotten.`);
  const before = spans.findLast(({ lastSeq }) => lastSeq < seq);
  const after = spans.find(({ afterSeq }) => afterSeq >= seq);
  if (before === undefined || after === undefined) {
    const refused = refusal(seq, event, history);
    if (refused !== undefined && after === undefined) return refused;
  }
  const parts = [`${moduleName} was not subscribed to ${event.type} at event ${seq}`];
  if (before?.endedMs !== undefined)
    parts.push(
      `its subscription ended behind event ${before.lastSeq} (${timeText(before.endedMs)})${endedBy(before, history)}`,
    );
  if (after !== undefined)
    parts.push(`it subscribed behind event ${after.afterSeq} (${timeText(after.sinceMs)})`);
  if (before === undefined && after === undefined) parts.push("it never was since the host started");
  return {
    fate: "not_subscribed",
    text: `${parts.join("; ")}.`,
    ...(before !== undefined && { subscribed_until_seq: before.lastSeq }),
    ...(before?.endedMs !== undefined && { subscribed_until_ms: before.endedMs }),
    ...(after !== undefined && { subscribed_after_seq: after.afterSeq, subscribed_after_ms: after.sinceMs }),
  };
}

function endedBy({ life, lastSeq }: SubscriptionSpan, history: ModuleHistory): string {
  const last = history.connectionsOf(life).at(-1);
  return last === undefined || last.sentSeq > lastSeq ? "" : `, with its connection: ${last.reason}`;
}

function lossAnswer(
  moduleName: string,
  seq: number,
  event: RecentEvent,
  run: LossRun,
  { filter }: SubscriptionSpan,
): Answer {
  const { fromSeq, toSeq, count } = run;
  const neighbours = count === 1 ? {} : { run: { from_seq: fromSeq, to_seq: toSeq, count } };
  const also = count === 1 ? "" : ` So were ${count - 1} more, from event ${fromSeq} to ${toSeq}.`;
  switch (run.cause) {
    case "full":
      return {
        fate: "dropped",
        text: `Dropped: the channel of ${moduleName} was full, with ${sceneText(run)}.${also} The module is slower than its events come.`,
        waiting_before: run.waitingEvents,
        in_flight_before: run.inFlightEvents,
        held_bytes: run.heldBytes,
        ...(run.oldestWaitingSeq > 0 && { oldest_waiting_seq: run.oldestWaitingSeq }),
        ...neighbours,
      };
    case "filtered":
    case "filter_failed": {
      const hasFailed = run.cause === "filter_failed";
      return {
        fate: "filtered",
        text: `Filtered: the filter of ${moduleName} on ${event.type}${filter === undefined ? "" : `, ${filter},`} ${hasFailed ? "failed on it" : "did not want it"}.${also}`,
        ...(filter !== undefined && { filter }),
        ...(hasFailed && { cause: run.cause }),
        ...neighbours,
      };
    }
    case "not_encodable":
      return {
        fate: "failed",
        cause: run.cause,
        text: `Failed: event ${seq} could not be encoded, for no module.`,
      };
    case "too_large":
      return {
        fate: "failed",
        cause: run.cause,
        text: `Failed: event ${seq} is larger than what may be held for ${moduleName} (max_bytes) or sent to it.`,
      };
    case "unwanted_by_successor":
      return {
        fate: "failed",
        cause: run.cause,
        text: `Failed: event ${seq} waited when ${moduleName} was reloaded, and its successor did not subscribe to ${event.type}.`,
      };
  }
}

function sceneText({ waitingEvents, inFlightEvents, oldestWaitingSeq }: LossRun): string {
  const oldest = oldestWaitingSeq > 0 ? ` (the oldest was event ${oldestWaitingSeq})` : "";
  return `${waitingEvents} events waiting before it${oldest} and ${inFlightEvents} sent and not acknowledged`;
}

/** The channel took it: which connection sent it, if one did, and what became of that. */
function acceptedAnswer(
  moduleName: string,
  seq: number,
  { life }: SubscriptionSpan,
  history: ModuleHistory,
  { pipeline }: Evidence,
): Answer {
  if (life <= history.forgottenLife && seq <= history.forgottenSentSeq)
    return forgotten(`The connection of ${moduleName} that event ${seq} was for is forgotten.`);
  const connections = history.connectionsOf(life);
  const sender = connections.find(({ sentSeq }) => sentSeq >= seq);
  if (sender !== undefined)
    return seq < sender.unsettledSeq ? delivered(seq, history) : failedInFlight(seq, sender);
  if (pipeline?.life === life) {
    if (seq > pipeline.sentSeq)
      return {
        fate: "waiting",
        text: `Event ${seq} waits for ${moduleName}, one of ${pipeline.waitingEvents}.`,
      };
    if (seq < pipeline.unsettledSeq) return delivered(seq, history);
    return {
      fate: "in_flight",
      text: `Event ${seq} was sent to ${moduleName}, which has not acknowledged it yet.`,
    };
  }
  const last = connections.at(-1);
  if (last === undefined)
    return forgotten(`The connection of ${moduleName} that event ${seq} was for is forgotten.`);
  return {
    fate: "failed",
    cause: "closed_waiting",
    text: `Failed: event ${seq} was still waiting when the connection closed (${timeText(last.endedMs)}): ${last.reason}.`,
  };
}

function delivered(seq: number, { acks, moduleName }: ModuleHistory): Answer {
  const atMs = acks.firstCovering(seq);
  return {
    fate: "delivered",
    text: `Delivered: ${moduleName} acknowledged event ${seq}${atMs === undefined ? "" : ` at ${timeText(atMs)}`}.`,
    ...(atMs !== undefined && { acknowledged_ms: atMs }),
  };
}

function failedInFlight(seq: number, { endedMs, reason }: EndedConnection): Answer {
  return {
    fate: "failed",
    cause: "closed_in_flight",
    text: `Failed: event ${seq} was sent and not acknowledged when the connection closed (${timeText(endedMs)}): ${reason}. The module may have handled it.`,
  };
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
