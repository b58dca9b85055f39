import type { TomlTable } from "smol-toml";
import { type Capability, defaultCapabilities, nearestCapability, parseCapability } from "./capability.js";
import { manifestErrors } from "./errors.js";
import { moduleNameProblem, moduleNameRule } from "./module-name.js";
import { isModuleVersion, moduleVersionRule } from "./module-version.js";
import { showValue } from "./show-value.js";
import { maxTextFileBytes, readSmallTextFile } from "./small-text-file.js";
import { parseToml } from "./toml-table.js";

/** What a module says about itself in `module.toml`, checked. */
export interface ModuleManifest {
  readonly name: string;
  /** As written: the handshake must repeat it to the letter. */
  readonly version: string;
  /** Relative to the module's directory. */
  readonly entryPoint: string;
  readonly description: string;
  readonly author: string;
  /** Each once, in the order of the file. */
  readonly capabilities: readonly Capability[];
}

const tooLarge = {
  key: "document",
  found: `more than ${maxTextFileBytes} bytes`,
  allowed: `at most ${maxTextFileBytes} bytes`,
  remedy: "move data out of the manifest",
};

/**
 * Checks the text of a `module.toml`; `file` only names it in messages. Keys and sections that this
 * version doesn't know are ignored. Without `entry_point` the entry point is called like the module.
 * @throws MANIFEST_TOO_LARGE (before parsing), BAD_MANIFEST, BAD_KEY, BAD_NAME, BAD_VERSION,
 * BAD_ENTRY_POINT, BAD_CAPABILITY, each with the file, the key, what was found and what is allowed.
 */
export function parseManifest(text: string, file: string): ModuleManifest {
  if (Buffer.byteLength(text) > maxTextFileBytes) {
    throw manifestErrors.MANIFEST_TOO_LARGE({ file, ...tooLarge });
  }
  const outcome = parseToml(text);
  if (!outcome.ok) {
    const { kind, ...fault } = outcome.fault;
    const code = kind === "unsafe-key" ? "BAD_KEY" : "BAD_MANIFEST";
    throw manifestErrors[code]({ file, ...fault, remedy: "correct or remove it" });
  }
  const { table } = outcome;
  const name = readName(table, file);
  return {
    name,
    version: readVersion(table, file),
    entryPoint: readEntryPoint(table, file) ?? name,
    description: readText(table, "description", file),
    author: readText(table, "author", file),
    capabilities: readCapabilities(table, file),
  };
}

/**
 * Reads and checks a `module.toml`. Reads at most 64 KiB of it.
 * @throws what `parseManifest` throws; BAD_MANIFEST when there is no such regular, readable UTF-8 file.
 */
export async function readManifest(path: string): Promise<ModuleManifest> {
  const file = await readSmallTextFile(path);
  switch (file.kind) {
    case "text":
      return parseManifest(file.text, path);
    case "too-large":
      throw manifestErrors.MANIFEST_TOO_LARGE({ file: path, ...tooLarge });
    case "missing":
    case "unreadable":
      throw manifestErrors.BAD_MANIFEST({
        file: path,
        key: "document",
        found: file.kind === "missing" ? "no such file" : file.reason,
        allowed: "a readable UTF-8 file",
        remedy: "restore the file or remove the module's directory",
      });
    default:
      throw file satisfies never;
  }
}

function readName(table: TomlTable, file: string): string {
  const { name } = table;
  const problem = typeof name === "string" ? moduleNameProblem(name) : "no text";
  if (typeof name === "string" && problem === undefined) return name;
  const found = name === undefined ? "nothing" : `${problem} in ${showValue(name)}`;
  throw manifestErrors.BAD_NAME({ file, key: "name", found, allowed: moduleNameRule, remedy: "rename it" });
}

function readVersion(table: TomlTable, file: string): string {
  const { version } = table;
  if (typeof version === "string" && isModuleVersion(version)) return version;
  throw manifestErrors.BAD_VERSION({
    file,
    key: "version",
    found: showValue(version),
    allowed: moduleVersionRule,
    remedy: 'write for example version = "1.0.0"',
  });
}

function readEntryPoint(table: TomlTable, file: string): string | undefined {
  const { entry_point: entryPoint } = table;
  if (entryPoint === undefined) return undefined;
  if (typeof entryPoint === "string" && isInnerPath(entryPoint)) return entryPoint;
  throw manifestErrors.BAD_ENTRY_POINT({
    file,
    key: "entry_point",
    found: showValue(entryPoint),
    allowed: "a relative path inside the module's directory, without .. and control characters",
    remedy: "name the file to run, or leave the key out if the file is called like the module",
  });
}

function isInnerPath(path: string): boolean {
  if (path.includes("..") || /^[/\\]|^[A-Za-z]:|\p{Cc}/u.test(path)) return false;
  return path.split("/").some((part) => part !== "" && part !== ".");
}

function readText(table: TomlTable, key: "description" | "author", file: string): string {
  const value = table[key] ?? "";
  if (typeof value === "string") return value;
  const found = showValue(value);
  throw manifestErrors.BAD_MANIFEST({ file, key, found, allowed: "text", remedy: "put it in quotes" });
}

function readCapabilities(table: TomlTable, file: string): readonly Capability[] {
  const { compatibility } = table;
  const nested = isTable(compatibility) ? compatibility.capabilities : undefined;
  const refuse = (found: string, remedy: string) =>
    manifestErrors.BAD_CAPABILITY({
      file,
      key: "capabilities",
      found,
      allowed: "one list of capability names",
      remedy,
    });
  if (table.capabilities !== undefined && nested !== undefined) {
    throw refuse("a list at the top and one under [compatibility]", "keep one of them");
  }
  const listed = table.capabilities ?? nested;
  if (listed === undefined) return defaultCapabilities;
  if (!Array.isArray(listed)) throw refuse(showValue(listed), "write a list of names in quotes");
  const granted = new Set<Capability>();
  for (const item of listed) {
    const capability = typeof item === "string" ? parseCapability(item) : undefined;
    if (capability === undefined) {
      const nearest = typeof item === "string" ? nearestCapability(item) : undefined;
      throw refuse(showValue(item), nearest === undefined ? "remove it" : `did you mean ${nearest}?`);
    }
    granted.add(capability);
  }
  return [...granted];
}

function isTable(value: unknown): value is TomlTable {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
