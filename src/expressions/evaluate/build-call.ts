import type { ASTNode } from "@marcbachmann/cel-js";
import { errorMessage } from "../../errors.js";
import { nearestName } from "../../events/index.js";
import { findFunction, functionNames } from "../functions/catalogue.js";
import type { ExpressionFunction } from "../functions/expression-function.js";
import {
  type CompiledPattern,
  compilePattern,
  MAX_PATTERN_CHARACTERS,
  MAX_PATTERN_SIZE,
  MAX_PATTERNS,
  patternStepsPerCharacter,
  regexTest,
} from "../functions/regex.js";
import type { Builder } from "./builder.js";
import { collection, existsOne, type Loop, quantifier } from "./comprehensions.js";
import type { Evaluate } from "./evaluate.js";
import { hasField } from "./field-access.js";

/** `name(…)` */
export function buildCall(node: ASTNode, name: string, args: readonly ASTNode[], builder: Builder): Evaluate {
  const [first] = args;
  if (name === "has" && args.length === 1 && first !== undefined) return buildHas(first, builder);
  const called = findFunction(name, false, args.length);
  if (called === undefined) throw builder.refuse(node, noFunction(name, false, args.length));
  if (name === "regex") return buildRegex(args, builder);
  return application(called, args, builder);
}

/** `receiver.name(…)` */
export function buildMethodCall(
  node: ASTNode,
  [name, receiver, args]: readonly [string, ASTNode, readonly ASTNode[]],
  builder: Builder,
): Evaluate {
  const loop = buildLoop(name, receiver, args, builder);
  if (loop !== undefined) return loop;
  if (name === "bind" && receiver.op === "id" && receiver.args === "cel") return buildBind(args, builder);
  if (name === "matches")
    throw builder.refuse(node, {
      found: "matches, whose time can grow without bound",
      allowed: "regex(text, pattern)",
    });
  const called = findFunction(name, true, args.length);
  if (called === undefined) throw builder.refuse(node, noFunction(name, true, args.length));
  return application(called, [receiver, ...args], builder);
}

function application(called: ExpressionFunction, args: readonly ASTNode[], builder: Builder): Evaluate {
  const { meter } = builder;
  const values = args.map((arg) => builder.build(arg));
  return () =>
    called.call(
      values.map((value) => value()),
      meter,
    );
}

function buildHas(field: ASTNode, builder: Builder): Evaluate {
  if (field.op !== ".")
    throw builder.refuse(field, { found: "no field inside of has", allowed: "has(event.payload.field)" });
  const [owner, name] = [builder.build(field.args[0]), field.args[1]];
  return () => hasField(owner(), name);
}

function buildRegex([text, pattern]: readonly ASTNode[], builder: Builder): Evaluate {
  if (text === undefined || pattern === undefined) throw new Error("regex takes two arguments");
  if (pattern.op !== "value" || typeof pattern.args !== "string")
    throw builder.refuse(pattern, {
      found: "a pattern that is computed",
      allowed: "a literal, which is compiled once",
    });
  if (pattern.args.length > MAX_PATTERN_CHARACTERS)
    throw builder.refuse(pattern, {
      found: `a pattern of ${pattern.args.length} characters`,
      allowed: `${MAX_PATTERN_CHARACTERS} at most`,
    });
  if (++builder.patterns > MAX_PATTERNS)
    throw builder.refuse(pattern, {
      found: `more than ${MAX_PATTERNS} patterns`,
      allowed: `${MAX_PATTERNS} in one expression`,
      hint: "join them with |",
    });
  const read = builder.build(text);
  const { test, size } = compiledPattern(pattern, pattern.args, builder);
  builder.patternSize += size;
  if (size > MAX_PATTERN_SIZE)
    throw builder.refuse(pattern, {
      found: `a pattern of ${size} instructions`,
      allowed: `${MAX_PATTERN_SIZE} at most`,
      hint: "each repetition is written out: repeat less, or look at size(text) too",
    });
  return regexTest(test, patternStepsPerCharacter(pattern.args, size), { read, meter: builder.meter });
}

function compiledPattern(node: ASTNode, pattern: string, builder: Builder): CompiledPattern {
  try {
    return compilePattern(pattern);
  } catch (cause) {
    throw builder.refuse(node, {
      found: errorMessage(cause),
      allowed: "a pattern of RE2",
      hint: "it has no look-around and no back references",
    });
  }
}

/** `cel.bind(name, value, expression)`: names a value that the expression uses more than once. */
function buildBind(args: readonly ASTNode[], builder: Builder): Evaluate {
  const [name, bound, expression] = args;
  if (name?.op !== "id" || bound === undefined || expression === undefined)
    throw new Error("the parser lets no such cel.bind pass");
  const { frame } = builder;
  const value = builder.build(bound);
  return builder.withVariable(name.args, (slot) => {
    const result = builder.build(expression);
    return () => {
      frame[slot] = value();
      return result();
    };
  });
}

function buildLoop(
  name: string,
  receiver: ASTNode,
  args: readonly ASTNode[],
  builder: Builder,
): Evaluate | undefined {
  const isLoop = args.length === 2 ? LOOPS.has(name) : args.length === 3 && name === "map";
  const [variable, ...body] = args;
  if (!isLoop || variable?.op !== "id") return undefined;
  const over = builder.build(receiver);
  return builder.withVariable(variable.args, (slot) => {
    const { built, roundSteps } = builder.countRound(() => body.map((part) => builder.build(part)));
    const loop: Loop = { over, frame: builder.frame, slot, meter: builder.meter, roundSteps };
    const [first, second] = built as [Evaluate, Evaluate | undefined];
    if (name === "all" || name === "exists") return quantifier(name === "exists", loop, first);
    if (name === "exists_one") return existsOne(loop, first);
    if (name === "filter") return collection(loop, first, () => loop.frame[slot]);
    return second === undefined ? collection(loop, undefined, first) : collection(loop, first, second);
  });
}

const LOOPS: ReadonlySet<string> = new Set(["all", "exists", "exists_one", "filter", "map"]);

function noFunction(name: string, isMethod: boolean, arity: number) {
  const own = functionNames(isMethod);
  const isOther = functionNames(!isMethod).includes(name);
  const called = isMethod ? `.${name}` : name;
  const nearest = nearestName(name, own);
  return {
    found: `${called}() with ${arity} arguments`,
    allowed: `${isMethod ? "the methods" : "the functions"} ${own.toSorted().join(", ")}`,
    ...(isOther
      ? { hint: isMethod ? `write ${name}(value)` : `write value.${name}()` }
      : nearest !== undefined && nearest !== name && { hint: `did you mean ${nearest}?` }),
  };
}
