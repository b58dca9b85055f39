import { parseArgs } from "node:util";

/** What the host tells a module about itself. Configuration is flat text: nested keys are dotted, arrays joined by commas. */
export interface ModuleContext {
  readonly module_id: string;
  readonly module_name: string;
  readonly data_dir: string;
  readonly socket_path: string;
  readonly config: Readonly<Record<string, string>>;
}

const CONFIG_PREFIX = "MODULE_CONFIG_";

/**
 * Reads a module's context from its environment and its flags (`--module-id`, `--socket-path`, `--data-dir`);
 * the environment wins. Absent values are empty text.
 */
export function readModuleContext(env: NodeJS.ProcessEnv, argv: readonly string[]): ModuleContext {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: { "module-id": text, "socket-path": text, "data-dir": text },
    strict: false,
    allowPositionals: true,
  });
  const flag = (name: string) => (typeof values[name] === "string" ? values[name] : "");
  const config: Record<string, string> = {};
  for (const key of Object.keys(env)) {
    if (!key.startsWith(CONFIG_PREFIX)) continue;
    const value = env[key];
    if (value !== undefined) config[key.slice(CONFIG_PREFIX.length).toLowerCase()] = value;
  }
  return {
    module_id: env.MODULE_ID ?? flag("module-id"),
    module_name: env.MODULE_NAME ?? "",
    data_dir: env.DATA_DIR ?? flag("data-dir"),
    socket_path: env.SOCKET_PATH ?? flag("socket-path"),
    config,
  };
}
