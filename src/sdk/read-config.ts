import type { z } from "zod";
import { describeSchema } from "../describe-schema.js";
import { isSecretName } from "../redact.js";
import { propertySchemas, schemaAt } from "../schema-shape.js";
import { configTree, type FlatConfig } from "./config-tree.js";
import { sdkErrors } from "./errors.js";
import { shapeConfig } from "./shape-config.js";

/** Keys that a host gives to every module, whether it has them or not. */
const hostKeys: ReadonlySet<string> = new Set([
  "version",
  "database_backend",
  "node_p2p_listen_ip",
  "node_p2p_listen_port",
]);
const MAX_SHOWN_CHARS = 80;

/**
 * Reads a module's flat configuration by its zod schema. The schema's shape tells what a text means (see
 * {@link shapeConfig}); names are matched whatever their case, and what is not configured takes the schema's default.
 * Keys that the schema doesn't have are left out, or refused when it is strict. Items of a list hold no commas.
 * @throws BAD_CONFIG with the key, the text that was found (unless the key names a secret) and what is allowed
 */
export function readConfig<Schema extends z.ZodType>(
  schema: Schema,
  flat: FlatConfig,
  moduleName: string,
): z.output<Schema> {
  const shape = propertySchemas(schema);
  const own = Object.entries(flat).filter(([key]) => !hostKeys.has(key) || shape?.has(key) === true);
  const outcome = schema.safeParse(shapeConfig(schema, configTree(Object.fromEntries(own))) ?? {});
  if (outcome.success) return outcome.data;
  const { issues } = outcome.error;
  // A mistyped key explains the missing one.
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  const path = issue?.path ?? [];
  if (issue?.code === "unrecognized_keys") {
    throw sdkErrors.BAD_CONFIG({
      module: moduleName,
      key: [...path, issue.keys[0] ?? ""].join("."),
      found: "a key that the module does not have",
      allowed: [...(propertySchemas(schemaAt(schema, path) ?? schema)?.keys() ?? [])].join(", "),
    });
  }
  const key = path.join(".");
  throw sdkErrors.BAD_CONFIG({
    module: moduleName,
    key,
    found: foundAt(flat, key),
    allowed: allowedAt(schema, path, issue),
  });
}

function foundAt(flat: FlatConfig, key: string): string {
  const name = key.toLowerCase();
  // An item of a list is shown in its list.
  const found = Object.hasOwn(flat, name) ? name : name.replace(/\.\d+$/, "");
  if (!Object.hasOwn(flat, found)) return "nothing";
  if (isSecretName(key)) return "a text that is not shown here";
  return JSON.stringify(flat[found]?.slice(0, MAX_SHOWN_CHARS));
}

/** The schema in words, or the author's own words where only he knows what is wrong. */
function allowedAt(
  schema: z.core.$ZodType,
  path: readonly PropertyKey[],
  issue: z.core.$ZodIssue | undefined,
): string {
  const { allowed, unit } = describeSchema(schemaAt(schema, path) ?? schema);
  if (issue !== undefined && (issue.code === "custom" || allowed === "any value")) return issue.message;
  return unit === undefined ? allowed : `${allowed} ${unit}`;
}
