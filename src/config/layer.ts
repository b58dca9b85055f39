/** A table as it was written, before any check. */
export type RawTable = Readonly<Record<string, unknown>>;

/** One source of configuration; a later layer overrides the keys of an earlier one. */
export interface Layer {
  readonly table: RawTable;
  /** Folder that the relative paths of this layer start from. */
  readonly baseDir: string;
  /** Where a key was written, for messages: file and line, variable, or argument. */
  readonly placeOf: (path: readonly string[]) => string;
  /** Its keys of modules are in the only form that variables have: `max_fee` also means `maxFee` and `max-fee` below. */
  readonly hasVariableNames?: boolean;
}

/** Whether a value is a table: a plain object, not a list, a date or other data. */
export function isTable(value: unknown): value is RawTable {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Sets a key whatever its name: `__proto__` too becomes a key of the table and nothing else. */
export function setKey(table: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(table, key, { value, enumerable: true, configurable: true, writable: true });
}
