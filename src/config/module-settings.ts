import type { z } from "zod";
import type { DeliveryOptions } from "../bus/options.js";
import { moduleNameProblem } from "../manifest/index.js";
import { moduleSandboxOptions, type SandboxOptions, stricterMode } from "../sandbox/options.js";
import { limitsOptions, type ModuleRules, restartOptions } from "../supervisor/options.js";
import { configErrors } from "./errors.js";
import type { RawTable } from "./layer.js";
import { isTable } from "./layer.js";
import { parseTable, showName, showValue } from "./schema-problem.js";
import { moduleDeliveryOptions, moduleLoadOptions } from "./sections.js";

/** What the configuration says about one module. */
export interface ModuleSettings {
  /** `[delivery]` with `[modules.<name>.delivery]` laid over it. */
  readonly delivery: DeliveryOptions;
  /** What the host is to do with the module: its limits, its restarts, when it is loaded. */
  readonly rules: ModuleRules;
  /** The module's own configuration: every key of `[modules.<name>]` that is not the host's. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** What holds for a module that the configuration says nothing about. */
export const defaultRules: ModuleRules = rulesOf({}, {}, {}, {});

interface ModuleTable {
  readonly name: string;
  readonly placeOf: (path: readonly string[]) => string;
}

/**
 * Reads one `[modules.<name>]` table.
 * @throws CONFIG_BAD_MODULE_NAME, CONFIG_UNKNOWN_KEY, CONFIG_BAD_VALUE
 */
export function parseModuleSettings(
  name: string,
  table: RawTable,
  base: { readonly delivery: DeliveryOptions; readonly sandbox: SandboxOptions },
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
  const { delivery, limits, restart, sandbox, load, on_unresponsive, ...config } = table;
  const path = ["modules", name];
  const module: ModuleTable = { name, placeOf };
  const overrides = parseSubtable(module, "delivery", delivery, moduleDeliveryOptions);
  const rules = rulesOf(
    parseSubtable(module, "limits", limits, limitsOptions),
    parseSubtable(module, "restart", restart, restartOptions),
    parseSubtable(module, "sandbox", sandbox, moduleSandboxOptions),
    parseTable(moduleLoadOptions, { path, table: definedOnly({ load, on_unresponsive }), placeOf }),
  );
  requireStricter(module, base.sandbox.mode, rules.sandbox.mode);
  return { delivery: { ...base.delivery, ...definedOnly(overrides) }, rules, config };
}

/** A module's own mode may only add to what holds for all; where the sandbox is off, there is none to add to. */
function requireStricter(
  { name, placeOf }: ModuleTable,
  mode: SandboxOptions["mode"],
  own: SandboxOptions["mode"] | undefined,
): void {
  if (own === undefined || (mode !== "off" && stricterMode(mode, own) === own)) return;
  const path = ["modules", name, "sandbox", "mode"];
  throw configErrors.CONFIG_BAD_VALUE({
    place: placeOf(path),
    key: path.join("."),
    found: showValue(own),
    allowed:
      mode === "off"
        ? "nothing while sandbox.mode is off, for no layer is there for any module; or set sandbox.mode to auto"
        : `"${mode}", for a module's own mode may be stricter than sandbox.mode, never laxer`,
  });
}

function rulesOf(
  limits: z.input<typeof limitsOptions>,
  restart: z.input<typeof restartOptions>,
  sandbox: z.input<typeof moduleSandboxOptions>,
  loading: z.input<typeof moduleLoadOptions>,
): ModuleRules {
  const { load, on_unresponsive } = moduleLoadOptions.parse(loading);
  return {
    limits: limitsOptions.parse(limits),
    restart: restartOptions.parse(restart),
    load,
    onUnresponsive: on_unresponsive,
    sandbox: moduleSandboxOptions.parse(sandbox),
  };
}

function parseSubtable<Shape extends z.core.$ZodLooseShape>(
  { name, placeOf }: ModuleTable,
  key: string,
  table: unknown,
  schema: z.ZodObject<Shape, z.core.$strict>,
): z.output<z.ZodObject<Shape, z.core.$strict>> {
  const path = ["modules", name, key];
  if (table === undefined || isTable(table)) return parseTable(schema, { path, table: table ?? {}, placeOf });
  throw configErrors.CONFIG_BAD_VALUE({
    place: placeOf(path),
    key: path.join("."),
    found: showValue(table),
    allowed: `a table of ${Object.keys(schema.shape).join(", ")}`,
  });
}

function definedOnly<Table extends object>(table: Table): { [Key in keyof Table]?: NonNullable<Table[Key]> } {
  return Object.fromEntries(Object.entries(table).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Table]?: NonNullable<Table[Key]>;
  };
}
