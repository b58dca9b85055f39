import type { DeliveryOptions } from "../bus/options.js";
import { moduleNameProblem } from "../manifest/index.js";
import { configErrors } from "./errors.js";
import type { RawTable } from "./layer.js";
import { isTable } from "./layer.js";
import { parseTable, showName, showValue } from "./schema-problem.js";
import { moduleDeliveryOptions } from "./sections.js";

/** What the configuration says about one module. */
export interface ModuleSettings {
  /** `[delivery]` with `[modules.<name>.delivery]` laid over it. */
  readonly delivery: DeliveryOptions;
  /** The module's own configuration: every key of `[modules.<name>]` that is not the host's. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Sub-tables that will be the host's; taken as the module's own they would change meaning later. */
const reservedTables = ["limits", "restart", "sandbox"];

/**
 * Reads one `[modules.<name>]` table.
 * @throws CONFIG_BAD_MODULE_NAME, CONFIG_UNKNOWN_KEY, CONFIG_BAD_VALUE
 */
export function parseModuleSettings(
  name: string,
  table: RawTable,
  base: DeliveryOptions,
  placeOf: (path: readonly string[]) => string,
): ModuleSettings {
  const problem = moduleNameProblem(name);
  if (problem !== undefined) {
    throw configErrors.CONFIG_BAD_MODULE_NAME({
      place: placeOf(["modules", name]),
      name: showName(name),
      problem,
    });
  }
  const { delivery = {}, ...config } = table;
  for (const key of reservedTables) {
    if (Object.hasOwn(config, key)) throw notSupported(["modules", name, key], placeOf);
  }
  const path = ["modules", name, "delivery"];
  if (!isTable(delivery)) {
    throw configErrors.CONFIG_BAD_VALUE({
      place: placeOf(path),
      key: path.join("."),
      found: showValue(delivery),
      allowed: "a table of capacity, window, max_bytes",
    });
  }
  const overrides = parseTable(moduleDeliveryOptions, { path, table: delivery, placeOf });
  return { delivery: { ...base, ...definedOnly(overrides) }, config };
}

function notSupported(path: readonly string[], placeOf: (path: readonly string[]) => string) {
  return configErrors.CONFIG_BAD_VALUE({
    place: placeOf(path),
    key: path.join("."),
    found: "a key that is kept for the host",
    allowed: "nothing, this version has no such settings",
  });
}

function definedOnly<Table extends object>(table: Table): { [Key in keyof Table]?: NonNullable<Table[Key]> } {
  return Object.fromEntries(Object.entries(table).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Table]?: NonNullable<Table[Key]>;
  };
}
