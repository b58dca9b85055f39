import type { z } from "zod";

/** The schema that looks at a value itself: without what makes it optional, gives it a default or turns it around. */
export function innermostSchema(schema: z.core.$ZodType): z.core.$ZodType {
  let inner = schema;
  // A lazy schema may lead to itself.
  for (let step = 0; step < 64; step++) {
    const { def } = (inner as z.core.$ZodTypes)._zod;
    switch (def.type) {
      case "optional":
      case "nullable":
      case "default":
      case "prefault":
      case "nonoptional":
      case "readonly":
      case "catch":
        inner = def.innerType;
        break;
      case "lazy":
        inner = def.getter();
        break;
      case "pipe":
        inner = def.in;
        break;
      default:
        return inner;
    }
  }
  return inner;
}

/** The schemas of an object schema's keys, in their order; undefined for any other schema. */
export function propertySchemas(schema: z.core.$ZodType): ReadonlyMap<string, z.core.$ZodType> | undefined {
  const { def } = (innermostSchema(schema) as z.core.$ZodTypes)._zod;
  return def.type === "object" ? new Map(Object.entries(def.shape)) : undefined;
}

/** The schema of the value at a path of keys, as far as objects, records and lists lead there. */
export function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  let found: z.core.$ZodType | undefined = schema;
  for (const step of path) {
    if (found === undefined) return undefined;
    const { def } = (innermostSchema(found) as z.core.$ZodTypes)._zod;
    if (def.type === "object") found = propertySchemas(found)?.get(String(step));
    else if (def.type === "record") found = def.valueType;
    else found = def.type === "array" ? def.element : undefined;
  }
  return found;
}
