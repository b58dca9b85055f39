import { z } from "zod";
import type { EventPayload } from "../events/index.js";
import { flattenConfig } from "../manifest/index.js";
import { REDACTED } from "../redact.js";
import type { FlatConfig } from "./config-tree.js";
import { sdkErrors } from "./errors.js";

const shown = z.object({
  config: z.object({
    modules: z.record(z.string(), z.unknown()).default({}),
  }),
});

/**
 * What the node says of one module in `[modules.<name>]`, as its ConfigLoaded events tell it, laid over what the module
 * was started with. The keys that the first event finds unchanged are the node's: they go when the node drops them.
 */
export class NodeTable {
  readonly #moduleName: string;
  /** What the module has beside the node's table; known from the first event on. */
  #base: FlatConfig | undefined;
  #held: FlatConfig;

  constructor(moduleName: string, started: FlatConfig) {
    this.#moduleName = moduleName;
    this.#held = started;
  }

  /**
   * The module's whole configuration after an event; undefined when the event holds no configuration and is not about
   * this module.
   * @throws CONFIG_NOT_SHOWN when the module's table changed and the event doesn't hold it; what flattening throws
   */
  take({ changed_sections, config_json }: EventPayload<"ConfigLoaded">): FlatConfig | undefined {
    const section = `modules.${this.#moduleName}`;
    const table = tableIn(config_json, this.#moduleName);
    if (table === undefined) {
      if (!changed_sections.includes(section)) return undefined;
      throw sdkErrors.CONFIG_NOT_SHOWN({ section });
    }
    const flat = Object.fromEntries(flattenConfig(table, section));
    const hidden = Object.keys(flat).filter((key) => flat[key]?.includes(REDACTED));
    const isHidden = (key: string) => hidden.some((name) => key === name || key.startsWith(`${name}.`));
    this.#base ??= pick(this.#held, (key, text) => !isHidden(key) && flat[key] !== text);
    this.#held = {
      ...this.#base,
      ...pick(flat, (key) => !isHidden(key)),
      ...pick(this.#held, isHidden),
    };
    return this.#held;
  }
}

/** The module's table in a ConfigLoaded's text, empty when the node has none; undefined when the text shows none. */
function tableIn(text: string | undefined | null, moduleName: string): object | undefined {
  if (text === undefined || text === null) return undefined;
  const outcome = shown.safeParse(JSON.parse(text));
  if (!outcome.success) return undefined;
  const { modules } = outcome.data.config;
  const table = Object.hasOwn(modules, moduleName) ? modules[moduleName] : {};
  return typeof table === "object" && table !== null ? table : undefined;
}

function pick(flat: FlatConfig, isWanted: (key: string, text: string) => boolean): FlatConfig {
  return Object.fromEntries(Object.entries(flat).filter(([key, text]) => isWanted(key, text)));
}
