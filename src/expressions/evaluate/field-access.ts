import { fault } from "../evaluation-fault.js";
import type { Evaluate } from "./evaluate.js";
import { isMap, valueType } from "./value-type.js";

/** Reads a field of a map: its own and no other, so that nothing of JavaScript's objects is reached. */
export function fieldReader(from: Evaluate, name: string): Evaluate {
  // A name that no object inherits is looked up directly, which is several times as fast as asking for ownership.
  if (name in Object.prototype) return () => ownField(from(), name);
  return () => {
    const owner = from();
    const value = isMap(owner) ? owner[name] : undefined;
    return value === undefined ? noField(owner, name) : value;
  };
}

/** Whether a map has a field; what isn't a map has none. */
export function hasField(owner: unknown, name: string): boolean {
  return isMap(owner) && Object.hasOwn(owner, name) && owner[name] !== undefined;
}

/** `list[index]`, `map[key]`. */
export function elementOf(owner: unknown, key: unknown): unknown {
  if (Array.isArray(owner)) {
    const index = typeof key === "bigint" ? Number(key) : key;
    if (typeof index !== "number" || !Number.isInteger(index))
      throw fault(`a list has no element ${describe(key)}`);
    if (index >= 0 && index < owner.length) return owner[index];
    throw fault(`element ${index} of a list of ${owner.length}`);
  }
  return ownField(owner, keyText(key));
}

/** The text under which a map holds a key. */
export function keyText(key: unknown): string {
  if (typeof key === "string") return key;
  if (typeof key === "bigint" || typeof key === "boolean" || typeof key === "number") return String(key);
  throw fault(`a map's key is text, a number or a bool, not ${valueType(key)}`);
}

function ownField(owner: unknown, name: string): unknown {
  return hasField(owner, name) ? (owner as Readonly<Record<string, unknown>>)[name] : noField(owner, name);
}

function noField(owner: unknown, name: string): never {
  const shown = describe(name);
  throw fault(isMap(owner) ? `there is no field ${shown}` : `a ${valueType(owner)} has no field ${shown}`);
}

function describe(key: unknown): string {
  const text = typeof key === "string" || typeof key === "number" ? String(key) : valueType(key);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
