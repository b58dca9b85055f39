import { z } from "zod";
import { innermostSchema } from "../schema-shape.js";
import type { ConfigNode } from "./config-tree.js";

type Schema = z.core.$ZodType;

/**
 * Gives texts the form that a schema expects, and checks nothing: a number, true or false, a value of an enum, a list
 * (items joined by commas, none when the text is empty; `a.0.b` for a list of tables), a table. A text that can't be
 * what the schema expects stays a text, for the schema to refuse. Undefined where nothing is said.
 */
export function shapeConfig(schema: Schema, node: ConfigNode | undefined): unknown {
  if (node === undefined) return undefined;
  const { def } = (innermostSchema(schema) as z.core.$ZodTypes)._zod;
  const { text, children } = node;
  switch (def.type) {
    case "object":
      return text === undefined ? tableOf(objectEntries(def.shape, def.catchall, children)) : text;
    case "record":
      return text === undefined
        ? tableOf([...children].map(([name, child]) => [name, shapeConfig(def.valueType, child)]))
        : text;
    case "array":
      return shapeList(node, () => def.element);
    case "tuple":
      return shapeList(node, (index) => def.items[index] ?? def.rest ?? undefined);
    case "set":
      return asSet(shapeList(node, () => def.valueType));
    case "union":
      return shapeUnion(def.options, node);
    case "intersection":
      return merged([def.left, def.right].map((side) => shapeConfig(side, node)));
    default:
      return text === undefined ? plain(node) : shapeText(def, text);
  }
}

function objectEntries(
  shape: Readonly<Record<string, Schema>>,
  catchall: Schema | undefined,
  children: ConfigNode["children"],
): (readonly [string, unknown])[] {
  const names = new Map(Object.keys(shape).map((name) => [name.toLowerCase(), name]));
  return [...children].flatMap(([lowerName, child]) => {
    const name = names.get(lowerName);
    if (name !== undefined) return [[name, shapeConfig(shape[name] as Schema, child)] as const];
    // Without a catchall other keys are none of its business; a strict one is to see and refuse them.
    return catchall === undefined ? [] : [[lowerName, shapeConfig(catchall, child)] as const];
  });
}

function tableOf(entries: readonly (readonly [string, unknown])[]): object {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function shapeList(node: ConfigNode, elementAt: (index: number) => Schema | undefined): unknown {
  const shape = (item: ConfigNode, index: number) => {
    const element = elementAt(index);
    return element === undefined ? plain(item) : shapeConfig(element, item);
  };
  if (node.text !== undefined) return itemsOf(node.text).map((item, index) => shape(leaf(item), index));
  const names = [...node.children.keys()].sort((a, b) => Number(a) - Number(b));
  const isCounted = names.every((name, index) => name === String(index));
  return isCounted
    ? names.map((name, index) => shape(node.children.get(name) as ConfigNode, index))
    : plain(node);
}

function itemsOf(text: string): readonly string[] {
  return text.trim() === "" ? [] : text.split(",").map((item) => item.trim());
}

function leaf(text: string): ConfigNode {
  return { text, children: new Map() };
}

function asSet(value: unknown): unknown {
  return Array.isArray(value) ? new Set(value) : value;
}

/** The first option that takes what it makes of the text; the text itself when none does. */
function shapeUnion(options: readonly Schema[], node: ConfigNode): unknown {
  const shapes = options.map((option) => shapeConfig(option, node));
  const index = options.findIndex((option, n) => z.safeParse(option, shapes[n]).success);
  return index < 0 ? plain(node) : shapes[index];
}

function merged(sides: readonly unknown[]): unknown {
  const [left, right] = sides;
  return typeof left === "object" && typeof right === "object" ? { ...left, ...right } : left;
}

function shapeText(def: z.core.$ZodTypes["_zod"]["def"], text: string): unknown {
  switch (def.type) {
    case "number":
      return numberOf(text) ?? text;
    case "bigint":
      return /^[+-]?\d{1,400}$/.test(text.trim()) ? BigInt(text.trim()) : text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "date":
      return Number.isNaN(Date.parse(text)) ? text : new Date(text);
    case "literal":
      return sameText(def.values, text);
    case "enum":
      return sameText(Object.values(def.entries), text);
    default:
      return text;
  }
}

function numberOf(text: string): number | undefined {
  const trimmed = text.trim();
  switch (trimmed) {
    case "inf":
      return Number.POSITIVE_INFINITY;
    case "-inf":
      return Number.NEGATIVE_INFINITY;
    case "nan":
      return Number.NaN;
    default:
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : undefined;
  }
}

function sameText(values: readonly unknown[], text: string): unknown {
  return values.find((value) => String(value) === text) ?? text;
}

/** Texts and tables of texts, for a schema that says nothing of what it expects. */
function plain({ text, children }: ConfigNode): unknown {
  return text ?? tableOf([...children].map(([name, child]) => [name, plain(child)]));
}
