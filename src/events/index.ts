export {
  type EventPayload,
  type EventType,
  eventCatalogue,
  eventDefinition,
  eventTypes,
  isEventType,
  resolveAlias,
  typeIndex,
} from "./catalogue.js";
export { isCritical } from "./critical-event.js";
export type { AnyEvent, EventEnvelope, EventSource } from "./envelope.js";
export { eventErrors } from "./errors.js";
export { type EventCategory, eventCategories } from "./event-category.js";
export type { EventCriticality, EventDefinition, EventOwner, FieldDefinition } from "./event-definition.js";
export type { FieldType } from "./event-field.js";
export { eventFromJson } from "./event-from-json.js";
export { type JsonEvent, toJson } from "./event-json.js";
export { eventJsonSchema } from "./event-json-schema.js";
export { exampleEvent } from "./example-event.js";
export { nearestName } from "./nearest-name.js";
export { type ParsedPayload, parsePayload } from "./parse-payload.js";
export { type Publisher, publishedWhen, publisherNames } from "./published-by/publishers.js";
