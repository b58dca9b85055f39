import { Environment, type ObjectSchema } from "@marcbachmann/cel-js";
import { type EventType, eventDefinition, type FieldDefinition } from "../events/index.js";
import type { ExpressionScope } from "./expression.js";
import { expressionFunctions } from "./functions/catalogue.js";
import { type ItemShape, variableOf } from "./item-shape.js";

/** What the parser takes at most of each. */
const SYNTAX_LIMITS = {
  maxAstNodes: 500,
  maxDepth: 64,
  maxListElements: 200,
  maxMapEntries: 100,
  maxCallArguments: 16,
} as const;

/** The language without any variable: made once, since that takes longer than most checks. */
const language = withOwnFunctions(
  withMixedNumbers(new Environment({ homogeneousAggregateLiterals: false, limits: SYNTAX_LIMITS })),
);

/** The environment in which an expression is parsed and checked: every name and field that it may use, with its type. */
export function typeEnvironment(scope: ExpressionScope): Environment {
  const environment = language.clone();
  declareItem(environment, scope.item);
  for (const [name, type] of Object.entries(scope.extra ?? {})) environment.registerVariable(name, type);
  return environment;
}

/** The checker evaluates nothing. */
function never(): never {
  throw new Error("types are checked without values");
}

/** The operators that CEL leaves out and numbers of events need: a literal `50` beside a field that is a double. */
function withMixedNumbers(environment: Environment): Environment {
  for (const [left, right] of [
    ["double", "int"],
    ["int", "double"],
  ] as const) {
    for (const sign of ["+", "-", "*", "/", "%"])
      environment.registerOperator(`${left} ${sign} ${right}: double`, never);
    environment.registerOperator(`${left} in list<${right}>: bool`, never);
  }
  environment.registerOperator("double % double", never);
  // Declares != and the other order too.
  environment.registerOperator("double == int: bool", never);
  return environment;
}

function withOwnFunctions(environment: Environment): Environment {
  for (const { signatures, isOfCel } of expressionFunctions)
    if (isOfCel !== true)
      for (const signature of signatures) environment.registerFunction(signature, never, { async: false });
  return environment;
}

function declareItem(environment: Environment, shape: ItemShape): void {
  const name = variableOf(shape);
  if (shape.kind === "event") environment.registerVariable({ name, schema: eventSchema(shape.types) });
  else environment.registerVariable(name, typeName(environment, shape));
}

/** The type of a shape inside of a list, declared where it is an event. */
function typeName(environment: Environment, shape: ItemShape): string {
  switch (shape.kind) {
    case "data":
      return shape.type;
    case "list":
      return `list<${typeName(environment, shape.of)}>`;
    case "event":
      environment.registerType("Event", { schema: eventSchema(shape.types) });
      return "Event";
  }
}

/** A field that any of the types has may be named; where two types disagree about it, it is `dyn`. */
function eventSchema(types: readonly EventType[]): ObjectSchema {
  const payload: Record<string, string> = {};
  for (const type of types)
    for (const field of eventDefinition(type).fields) {
      const celType = celTypeOf(field);
      const known = payload[field.name];
      payload[field.name] = known === undefined || known === celType ? celType : "dyn";
    }
  return { seq: "double", type: "string", timestamp_ms: "double", source: "string", payload };
}

function celTypeOf(field: FieldDefinition): string {
  if (field.bitSet === true) return "int";
  switch (field.type) {
    case "hash32":
    case "string":
      return "string";
    case "bytes":
      return "bytes";
    case "bool":
      return "bool";
    case "list<string>":
      return "list<string>";
    case "u8":
    case "u32":
    case "u64":
    case "usize":
    case "f64":
      return "double";
  }
}
