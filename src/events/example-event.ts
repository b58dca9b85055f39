import { type EventPayload, type EventType, eventDefinition } from "./catalogue.js";

/**
 * A realistic payload of a type with every optional field present: the same values at every call, in a new object.
 * For documents, tests and benchmarks.
 */
export function exampleEvent<Type extends EventType>(type: Type): EventPayload<Type> {
  const values = eventDefinition(type).fields.map(({ name, example }) => [name, copyOf(example)]);
  return Object.fromEntries(values) as EventPayload<Type>;
}

function copyOf(example: unknown): unknown {
  if (example instanceof Uint8Array) return example.slice();
  return Array.isArray(example) ? [...example] : example;
}
