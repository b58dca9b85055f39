import { arities, type ExpressionFunction } from "./expression-function.js";
import { listFunctions } from "./list-functions.js";
import { numberFunctions } from "./number-functions.js";
import { regexFunction } from "./regex.js";
import { textFunctions } from "./text-functions.js";

/** Every function that an expression may call; what CEL has beside them is refused. */
export const expressionFunctions: readonly ExpressionFunction[] = [
  ...listFunctions,
  ...numberFunctions,
  ...textFunctions,
  regexFunction,
];

/** The macros of CEL: they name a variable, or look at a field without reading it. */
const macroNames = {
  functions: ["has"],
  methods: ["all", "exists", "exists_one", "filter", "map", "bind"],
} as const;

const byCall = new Map(
  expressionFunctions.flatMap((entry) =>
    arities(entry).map((arity) => [callKey(entry.name, entry.isMethod === true, arity), entry] as const),
  ),
);

/** The function of this name that takes so many arguments. */
export function findFunction(name: string, isMethod: boolean, arity: number): ExpressionFunction | undefined {
  return byCall.get(callKey(name, isMethod, arity));
}

export function functionNames(isMethod: boolean): readonly string[] {
  const names = expressionFunctions
    .filter((entry) => (entry.isMethod === true) === isMethod)
    .map(({ name }) => name);
  return [...new Set([...names, ...(isMethod ? macroNames.methods : macroNames.functions)])];
}

function callKey(name: string, isMethod: boolean, arity: number): string {
  return `${isMethod ? "." : ""}${name}/${arity}`;
}
