import type { EventType } from "../events/index.js";

/**
 * What an expression looks at, known before anything runs: one event of certain types (`event`), a list of such things
 * (`events`, or `values` of data), or data that an expression made (`value`).
 */
export type ItemShape =
  | { readonly kind: "event"; readonly types: readonly EventType[] }
  | { readonly kind: "list"; readonly of: ItemShape; readonly maxItems: number }
  /** `type` is the type that the checker gave to the expression that made it: `double`, `map<string, dyn>`, `dyn`. */
  | { readonly kind: "data"; readonly type: string };

/** The name under which an item of this shape stands in an expression. */
export function variableOf(shape: ItemShape): "event" | "events" | "value" | "values" {
  switch (shape.kind) {
    case "event":
      return "event";
    case "data":
      return "value";
    case "list":
      return shape.of.kind === "event" ? "events" : "values";
  }
}

/** How the shape is told to a person: `event (NewBlock)`, `list of event (NewBlock), 100 at most`. */
export function describeShape(shape: ItemShape): string {
  switch (shape.kind) {
    case "event":
      return `event (${shape.types.join(", ")})`;
    case "data":
      return `value (${shape.type})`;
    case "list":
      return `list of ${describeShape(shape.of)}, ${shape.maxItems} at most`;
  }
}
