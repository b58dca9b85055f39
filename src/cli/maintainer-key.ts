import { InvalidArgumentError } from "commander";

/** Reads `name=key` of a flag that may stand several times, and adds it to what was read before. */
export function addMaintainerKey(
  text: string,
  before: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const at = text.lastIndexOf("=");
  const [name, key] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || key === "") throw new InvalidArgumentError("name=key is expected, such as alice=02ab….");
  if (before.has(name)) throw new InvalidArgumentError(`${JSON.stringify(name)} has a key already.`);
  return new Map([...before, [name, key]]);
}

/** Reads a number of signatures. */
export function parseThreshold(text: string): number {
  const value = Number(text);
  if (/^[0-9]{1,4}$/.test(text) && value >= 1 && value <= 1000) return value;
  throw new InvalidArgumentError("a whole number from 1 to 1000 is expected.");
}
