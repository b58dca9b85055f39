const maxNameChars = 64;

/** By this name the dependencies of a manifest mean the host itself; no module has it. */
export const nodeName = "blvm-node";

// The keys of the node's [modules] table: [modules.<name>] must not mean two things. Two more are keys that no
// TOML file of this engine may hold, and the last is the host's own name.
const reservedNames: ReadonlySet<string> = new Set([
  "data_dir",
  "disabled_modules",
  "enabled",
  "enabled_modules",
  "marketplace_fetch_enabled",
  "module_configs",
  "module_database_backend",
  "modules_dir",
  "registry_url",
  "require_signatures",
  "socket_dir",
  "trust",
  "watch_auto_load",
  "watch_auto_unload",
  "watch_enabled",
  "constructor",
  "prototype",
  nodeName,
]);

/** The rule for module names in words, for messages and documentation. */
export const moduleNameRule =
  "1 to 64 characters of a-z, 0-9 and -, starting with a letter or digit, and no key of [modules]";

/** What is wrong with a module's name, in words, or undefined when it may be used. */
export function moduleNameProblem(name: string): string | undefined {
  if (name === "") return "an empty name";
  if (name.length > maxNameChars) return `a name of ${name.length} characters`;
  if (reservedNames.has(name)) return "a reserved name";
  if (!/^[a-z0-9-]+$/.test(name)) return "a character other than a-z, 0-9 and -";
  if (name.startsWith("-")) return "a name that starts with -";
  return undefined;
}
