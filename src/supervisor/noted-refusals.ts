import type { ModuleHistory } from "../bus/index.js";
import type { IncomingRequest } from "../ipc/index.js";

const MAX_TYPES = 128;
const MAX_MESSAGE_CHARS = 300;

/**
 * The same request, whose refusal is written into the module's history: whoever asks why a module did not get an event
 * must hear that its SubscribeEvents was refused. Other requests are given back as they are.
 */
export function noteRefusal(
  request: IncomingRequest,
  history: ModuleHistory,
  lastSeq: () => number,
): IncomingRequest {
  if (request.type !== "SubscribeEvents") return request;
  return {
    type: request.type,
    payload: request.payload,
    signal: request.signal,
    answer: (answer) => request.answer(answer),
    whenRoom: (start) => request.whenRoom(start),
    refuse(error) {
      history.refused({
        types: namedTypes(request.payload),
        code: error.code,
        message: error.message.slice(0, MAX_MESSAGE_CHARS),
        afterSeq: lastSeq(),
      });
      request.refuse(error);
    },
  };
}

function namedTypes(payload: unknown): readonly string[] {
  const { event_types } = (payload ?? {}) as { readonly event_types?: unknown };
  if (!Array.isArray(event_types)) return [];
  return event_types
    .slice(0, MAX_TYPES)
    .flatMap((name) => (typeof name === "string" ? [name.slice(0, 64)] : []));
}
