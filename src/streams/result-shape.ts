import { type Expression, type ItemShape, variableOf } from "../expressions/index.js";

/** The types of CEL that data still has when it was made plain; whole numbers have become numbers. */
const PLAIN_TYPES: ReadonlySet<string> = new Set(["bool", "double", "string", "bytes", "null", "dyn"]);

/**
 * What an expression's results are for the next step. The item itself (`event`, `events`) stays what it is; everything
 * else is data, of the type that the checker found as far as plain data keeps it: a part that is an event is `dyn`.
 */
export function resultShape({ source, resultType }: Expression, input: ItemShape): ItemShape {
  return source.trim() === variableOf(input) ? input : { kind: "data", type: plainType(resultType) };
}

/** The shape of one element of such a result; undefined when the checker says that it is no list. */
export function elementShape(expression: Expression, input: ItemShape): ItemShape | undefined {
  const list = resultShape(expression, input);
  if (list.kind === "list") return list.of;
  if (list.kind === "event") return undefined;
  const element = /^list<(.*)>$/.exec(list.type)?.[1];
  if (element === undefined && list.type !== "dyn") return undefined;
  return { kind: "data", type: element ?? "dyn" };
}

function plainType(resultType: string): string {
  if (resultType === "list") return "list<dyn>";
  if (resultType === "map") return "map<string, dyn>";
  return resultType
    .replaceAll(/[\w.$]+/g, (name) => {
      if (name === "int" || name === "uint") return "double";
      return PLAIN_TYPES.has(name) || name === "list" || name === "map" ? name : "dyn";
    })
    .replaceAll(/map<\w+,/g, "map<string,");
}
