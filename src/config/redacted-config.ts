import { redact } from "../redact.js";
import type { Config } from "./host-config.js";
import { setKey } from "./layer.js";
import { sectionNames } from "./sections.js";

/** The longest text that is given to modules, in bytes of UTF-8. */
export const MAX_CONFIG_JSON_BYTES = 64 * 1024;

/**
 * The configuration as modules may see it: JSON text `{"config": {…}}` with one object per section, secrets redacted.
 * `config.modules.<name>` holds a module's own keys, `config.module_rules.<name>` what the host is told about it.
 * Undefined when it is longer than 64 KiB.
 * @see redact for what counts as a secret
 */
export function redactedConfig(config: Config): string | undefined {
  const sections: Record<string, unknown> = {};
  for (const name of sectionNames) sections[name] = redact(config[name]);
  const modules = { ...(sections.modules as Record<string, unknown>) };
  const moduleRules: Record<string, unknown> = {};
  // Table by table: a module whose name sounds like a secret keeps its table.
  for (const [name, { config: own, delivery, rules }] of config.moduleSettings) {
    const { limits, restart, load, onUnresponsive, sandbox } = rules;
    setKey(modules, name, redact(own));
    setKey(moduleRules, name, {
      delivery,
      limits,
      restart,
      load,
      on_unresponsive: onUnresponsive,
      sandbox,
    });
  }
  const text = JSON.stringify({ config: { ...sections, modules, module_rules: moduleRules } });
  return Buffer.byteLength(text) <= MAX_CONFIG_JSON_BYTES ? text : undefined;
}
