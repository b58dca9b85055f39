import type { TomlTable, TomlValue } from "smol-toml";
import { nearestName } from "../events/index.js";
import type { KeyPath } from "./key-path.js";
import { type FaultCode, type Finding, type ManifestReport, maxFindings } from "./manifest-report.js";
import { showValue } from "./show-value.js";

/**
 * Reads the keys of one table of a manifest. A key of the wrong type is a fault and reads as absent, so that one
 * pass sees every fault. Keys that nobody asked for are unknown: {@link warnOfUnknownKeys} names them.
 */
export class TableReader {
  readonly path: KeyPath;
  readonly report: ManifestReport;
  readonly #table: TomlTable;
  readonly #asked = new Set<string>();

  constructor(table: TomlTable, path: KeyPath, report: ManifestReport) {
    this.#table = table;
    this.path = path;
    this.report = report;
  }

  /** The value of a key, whatever its type. */
  value(key: string): TomlValue | undefined {
    this.#asked.add(key);
    return this.#table[key];
  }

  text(key: string): string | undefined {
    return this.#typed(key, "text", "put it in quotes", isText);
  }

  flag(key: string): boolean | undefined {
    return this.#typed(key, "true or false", "write it without quotes", isFlag);
  }

  /** A whole number from 0 to `max`. */
  amount(key: string, max: number): number | undefined {
    const isAmount = (value: TomlValue): value is number =>
      typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max;
    return this.#typed(key, `a whole number from 0 to ${max}`, "correct or remove it", isAmount);
  }

  table(key: string): TableReader | undefined {
    const table = this.#typed(key, "a table", `write [${key}] and its keys below`, isTable);
    return table === undefined ? undefined : new TableReader(table, [...this.path, key], this.report);
  }

  /** A list of at most `max` texts. */
  texts(key: string, max: number): readonly string[] | undefined {
    const allowed = "a list of texts";
    const isTexts = (value: TomlValue): value is string[] => Array.isArray(value) && value.every(isText);
    return this.#limited(key, this.#typed(key, allowed, "write a list of texts in quotes", isTexts), max);
  }

  /** A list of at most `max` tables. */
  tables(key: string, max: number): readonly TableReader[] | undefined {
    const isTables = (value: TomlValue): value is TomlTable[] => Array.isArray(value) && value.every(isTable);
    const list = this.#typed(key, "a list of tables", `write [[${key}]] for each`, isTables);
    return this.#limited(key, list, max)?.map(
      (table, index) => new TableReader(table, [...this.path, key, index], this.report),
    );
  }

  /** All keys of a table whose names the author chooses, at most `max`; none of them is unknown. */
  names(max: number): readonly string[] {
    const names = Object.keys(this.#table);
    for (const name of names) this.#asked.add(name);
    if (names.length <= max) return names;
    this.report.refuse("MANIFEST_LIMIT", this.path, tooMany(names.length, max));
    return [];
  }

  refuse(code: FaultCode, key: string, finding: Finding): void {
    this.report.refuse(code, [...this.path, key], finding);
  }

  warnOfUnknownKeys(): void {
    let room = maxFindings;
    for (const key of Object.keys(this.#table)) {
      if (this.#asked.has(key)) continue;
      if (room-- === 0) return;
      const nearest = nearestName(key, this.#asked);
      const hint = nearest === undefined ? "it is ignored" : `it is ignored; did you mean ${nearest}?`;
      this.report.warn([...this.path, key], `no key that this version knows; ${hint}`);
    }
  }

  #typed<Wanted extends TomlValue>(
    key: string,
    allowed: string,
    remedy: string,
    isWanted: (value: TomlValue) => value is Wanted,
  ): Wanted | undefined {
    const value = this.value(key);
    if (value === undefined || isWanted(value)) return value;
    this.refuse("BAD_MANIFEST", key, { found: showValue(value), allowed, remedy });
    return undefined;
  }

  #limited<Item>(key: string, list: readonly Item[] | undefined, max: number): readonly Item[] | undefined {
    if (list === undefined || list.length <= max) return list;
    this.refuse("MANIFEST_LIMIT", key, tooMany(list.length, max));
    return undefined;
  }
}

function tooMany(count: number, max: number): Finding {
  return { found: `${count} entries`, allowed: `at most ${max}`, remedy: "remove what is not needed" };
}

function isText(value: TomlValue): value is string {
  return typeof value === "string";
}

function isFlag(value: TomlValue): value is boolean {
  return typeof value === "boolean";
}

function isTable(value: TomlValue): value is TomlTable {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Date);
}
