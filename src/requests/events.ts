import { z } from "zod";
import type { EventPayload, EventType } from "../events/index.js";
import { request } from "./define-request.js";
import { type EventSelection, selectedTypes } from "./event-selection.js";
import { unit } from "./fields.js";

function subscription(selection: EventSelection) {
  const entries = selectedTypes(selection);
  const filters = entries.filter(([, filter]) => filter !== true);
  return {
    event_types: entries.map(([type]) => type),
    ...(filters.length > 0 && { filters: Object.fromEntries(filters) }),
  };
}

const anything = () => z.unknown().optional();
// The items are looked at after the length was: a schema would first list each fault of a huge list.
const typeList = () => z.object({ event_types: z.array(z.unknown()).meta({ wire: "list of event types" }) });

/** Subscribing and publishing. */
export const eventRequests = {
  SubscribeEvents: request({
    permission: "subscribe_events",
    errors: ["UNKNOWN_EVENT_TYPE", "LIMIT", "FILTER_INVALID", "FILTERS_TOO_COSTLY"],
    about:
      "Adds event types to the subscription. The answer precedes every event of them. A type may have a filter, an expression that is true of the events that are wanted: the others count as filtered, take no room and are no loss.",
    input: () =>
      typeList().extend({
        filters: anything().meta({ wire: "optional map of event type to expression" }),
        after_seq: anything(),
        after_height: anything(),
        cursor: anything(),
      }),
    answer: unit,
    call: (selection: EventSelection) => subscription(selection),
  }),
  UnsubscribeEvents: request({
    permission: "subscribe_events",
    errors: ["UNKNOWN_EVENT_TYPE", "LIMIT"],
    about: "Takes event types out of the subscription. What was queued before is still delivered.",
    input: typeList,
    answer: unit,
    call: (event_types: readonly EventType[]) => ({ event_types: [...event_types] }),
  }),
  PublishEvent: request({
    permission: "publish_events",
    errors: ["UNKNOWN_EVENT_TYPE", "PERMISSION_DENIED"],
    about: "Publishes an event of a type that modules own, under the module's name.",
    input: () =>
      z.object({
        event_type: z.string().meta({ wire: "event type" }),
        payload: z.unknown().meta({ wire: "the type's payload" }),
      }),
    answer: unit,
    call: <Type extends EventType>(event_type: Type, payload: EventPayload<Type>) => ({
      event_type,
      payload,
    }),
  }),
};
