import type { AnyEvent, EventEnvelope } from "../../src/events/index.js";
import { exampleEvent } from "../../src/events/index.js";

let lastSeq = 0;

function envelope<Type extends AnyEvent["type"]>(
  type: Type,
  payload: Partial<EventEnvelope<Type>["payload"]>,
): EventEnvelope<Type> {
  lastSeq++;
  const whole = { ...exampleEvent(type), ...payload } as EventEnvelope<Type>["payload"];
  return { seq: lastSeq, type, payload: whole, timestamp_ms: 0, source: "node" };
}

/** A NewBlock whose hash repeats two hex digits. */
export function block(digits: string, height: number): EventEnvelope<"NewBlock"> {
  return envelope("NewBlock", { block_hash: digits.repeat(32), height });
}

/** The disconnection of such a block. */
export function disconnected(digits: string, height: number): EventEnvelope<"BlockDisconnected"> {
  return envelope("BlockDisconnected", { hash: digits.repeat(32), height });
}

export function transaction(digits: string): EventEnvelope<"NewTransaction"> {
  return envelope("NewTransaction", { tx_hash: digits.repeat(32) });
}
