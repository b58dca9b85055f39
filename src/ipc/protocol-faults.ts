import type { EngineError } from "../errors.js";
import { ipcErrors } from "./errors.js";

/** One connection is one session: who greets twice confuses it with another. */
export function secondHandshake(): EngineError {
  return ipcErrors.PROTOCOL_ERROR({
    found: "a second Handshake on one connection",
    allowed: "one, as the first frame",
  });
}

/** Nobody can have received what was not sent: the count of either end is wrong. */
export function ackBeyondSent(seq: number): EngineError {
  return ipcErrors.PROTOCOL_ERROR({
    found: `an acknowledgement of seq ${seq}, which was never sent`,
    allowed: "the seq of an event or gap that was received",
  });
}

/** A peer that doesn't read is given no more: what waits for it lies in this process. */
export function leftUnread(found: number, limit: number): EngineError {
  const what = "number of bytes that the module leaves unread";
  return ipcErrors.LIMIT({ what, found, limit }, { retryable: true });
}
