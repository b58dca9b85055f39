import { isDeepStrictEqual } from "node:util";
import { type Observable, Subject } from "rxjs";
import type { z } from "zod";
import { errorMessage } from "../errors.js";
import type { EventPayload } from "../events/index.js";
import { isSecretName, redact } from "../redact.js";
import type { FlatConfig } from "./config-tree.js";
import type { ModuleIntegration } from "./module-integration.js";
import { NodeTable } from "./node-table.js";
import { readConfig } from "./read-config.js";
import { emitGuarded } from "./unhandled-error.js";

/** A change of a module's own configuration. */
export interface ConfigChange<Config> {
  readonly before: Config;
  readonly config: Config;
  /** The schema's top-level keys whose values differ. */
  readonly changed: readonly string[];
}

/** A module's configuration as its schema reads it: now, and whenever it changes. */
export interface LiveModuleConfig<Config> {
  readonly current: Config;
  /** Emits after `current` is the new one. Completes when the module's connection is closed for good. */
  readonly changes$: Observable<ConfigChange<Config>>;
}

/**
 * Reads a module's configuration by its schema and follows the node's: subscribe to `ConfigLoaded`, and a change of
 * `[modules.<name>]` is taken over without a restart, in its place between the events, and logged.
 *
 * - A change that the schema refuses is logged and not taken over; so is one that the host does not show.
 * - A secret is never shown by the host: it keeps its value until the module is loaded anew. So does a key that the node
 *   no longer sets, when the module's own `config.toml` has it: until then it takes the schema's default.
 *
 * It attaches a handler, see {@link ModuleIntegration.on}.
 * @throws BAD_CONFIG when the configuration at start does not fit the schema
 */
export function followConfig<Schema extends z.ZodType>(
  module: ModuleIntegration,
  schema: Schema,
): LiveModuleConfig<z.output<Schema>> {
  const { module_name, config } = module.context;
  const read = (flat: FlatConfig) => readConfig(schema, flat, module_name);
  const table = new NodeTable(module_name, config);
  const changes = new Subject<ConfigChange<z.output<Schema>>>();
  let current = read(config);

  const take = (payload: EventPayload<"ConfigLoaded">) => {
    const flat = table.take(payload);
    if (flat === undefined) return;
    const before = current;
    const after = read(flat);
    if (isDeepStrictEqual(before, after)) return;
    current = after;
    const changed = changedKeys(before, after);
    module.log.info(`configuration changed: ${changed.map((key) => described(key, after)).join(", ")}`, {
      changed,
    });
    emitGuarded(changes, { before, config: after, changed }, (error) =>
      module.log.error("a subscriber of the configuration failed", { error }),
    );
  };
  module.on("ConfigLoaded", ({ payload }) => {
    try {
      take(payload);
    } catch (error) {
      module.log.warn(`the configuration of before stays in force: ${errorMessage(error)}`);
    }
  });
  void module.closed.then(() => changes.complete());
  return {
    get current() {
      return current;
    },
    changes$: changes.asObservable(),
  };
}

function changedKeys(before: unknown, after: unknown): readonly string[] {
  const [old, now] = [before, after].map((value) =>
    typeof value === "object" && value !== null ? new Map<string, unknown>(Object.entries(value)) : new Map(),
  );
  const keys = new Set<string>([...(old?.keys() ?? []), ...(now?.keys() ?? [])]);
  return [...keys].filter((key) => !isDeepStrictEqual(old?.get(key), now?.get(key)));
}

const MAX_SHOWN_CHARS = 200;

function described(key: string, config: unknown): string {
  if (isSecretName(key)) return key;
  const value = (config as Readonly<Record<string, unknown>>)[key];
  const text = JSON.stringify(redact(value));
  return `${key} is now ${text === undefined ? "not set" : text.slice(0, MAX_SHOWN_CHARS)}`;
}
