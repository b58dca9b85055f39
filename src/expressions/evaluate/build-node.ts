import type { ASTNode } from "@marcbachmann/cel-js";
import { fault } from "../evaluation-fault.js";
import { buildCall, buildMethodCall } from "./build-call.js";
import type { Builder } from "./builder.js";
import type { Evaluate } from "./evaluate.js";
import { elementOf, fieldReader, keyText } from "./field-access.js";
import { conditional, logical } from "./logic.js";
import { binary, inverted, negated } from "./operators.js";
import { typeValueOf } from "./type-values.js";
import { unknownName } from "./unknown-name.js";

const MAX_INT_LITERAL = 2n ** 63n;

/** Turns a node of the syntax tree into what computes it; {@link Builder.build} calls it. */
export function buildNode(node: ASTNode, builder: Builder): Evaluate {
  const { meter } = builder;
  const build = (part: ASTNode): Evaluate => builder.build(part);
  switch (node.op) {
    case "value":
      return literal(node, node.args, builder);
    case "id":
      return variable(node, node.args, builder);
    case ".":
      return fieldReader(build(node.args[0]), node.args[1]);
    case "[]": {
      const [owner, key] = [build(node.args[0]), build(node.args[1])];
      return () => elementOf(owner(), key());
    }
    case "call":
      return buildCall(node, node.args[0], node.args[1], builder);
    case "rcall":
      return buildMethodCall(node, node.args, builder);
    case "list": {
      const items = node.args.map(build);
      return () => items.map((item) => item());
    }
    case "map":
      return mapLiteral(node.args.map(([key, value]) => [build(key), build(value)] as const));
    case "?:":
      return conditional(build(node.args[0]), build(node.args[1]), build(node.args[2]));
    case "&&":
    case "||":
      return logical(node.op === "||", build(node.args[0]), build(node.args[1]), meter);
    case "!_": {
      const operand = build(node.args);
      return () => inverted(operand());
    }
    case "-_": {
      const operand = build(node.args);
      return () => negated(operand());
    }
    case ".?":
    case "[?]":
      throw builder.refuse(node, { found: "an optional access", allowed: "has(…) and a condition" });
    default:
      return binary(node.op, build(node.args[0]), build(node.args[1]), meter);
  }
}

function literal(node: ASTNode, value: unknown, builder: Builder): Evaluate {
  const isData = typeof value !== "object" || value === null || value instanceof Uint8Array;
  if (!isData)
    throw builder.refuse(node, { found: "an unsigned literal", allowed: "ints, as 5, and doubles, as 5.0" });
  if (typeof value === "bigint" && value > MAX_INT_LITERAL)
    throw builder.refuse(node, {
      found: "an int beyond 64 bits",
      allowed: "up to 9223372036854775807",
      hint: "write it as a double, with .0",
    });
  return () => value;
}

function variable(node: ASTNode, name: string, builder: Builder): Evaluate {
  const slot = builder.slotOf(name);
  const typeValue = typeValueOf(name);
  if (slot === undefined && typeValue !== undefined) return () => typeValue;
  if (slot === undefined) throw builder.refuse(node, unknownName(name, builder.names));
  const { frame } = builder;
  return () => frame[slot];
}

function mapLiteral(entries: readonly (readonly [Evaluate, Evaluate])[]): Evaluate {
  return () => {
    const map: Record<string, unknown> = {};
    for (const [key, value] of entries) {
      const name = keyText(key());
      if (name === "__proto__") throw fault("a map has no key __proto__");
      if (Object.hasOwn(map, name)) throw fault(`a map has the key ${name.slice(0, 40)} twice`);
      map[name] = value();
    }
    return map;
  };
}
