import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { EngineError, errorMessage } from "../errors.js";
import {
  checkManifestFile,
  type ManifestFault,
  type ManifestWarning,
  type ModuleManifest,
  manifestErrors,
  readModuleConfig,
} from "../manifest/index.js";
import { entryInPlace, findCode } from "../security/index.js";
import { type Output, print, printJson } from "./output.js";

interface ModuleCheck {
  readonly file: string;
  readonly manifest: ModuleManifest | undefined;
  readonly faults: readonly EngineError[];
  readonly warnings: readonly ManifestWarning[];
}

/** `modules check`: prints everything that is wrong with a module's files; needs no host. */
export function addModulesCheckCommand(modules: Command, output: Output): void {
  modules
    .command("check")
    .description("find every fault in a module's manifest and configuration; no host is needed")
    .argument("<path>", "a module.toml, or the folder that holds it")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
Prints each fault on a line of its own as file:line: key: what is wrong, with its code. Values that only hold a place
("02abc...") are faults here, although a host reads them. Warnings keep nothing from loading: unknown keys, an entry
point that is not built yet. Exits with 1 when there are faults. Signatures are not judged: see modules verify.

Examples:
  blvm-streams modules check ./my-module
  blvm-streams modules check my-module/module.toml --json | jq '.faults[].key'`,
    )
    .action((path: string, options: { readonly json?: boolean }) => check(path, options, output));
}

async function check(path: string, { json }: { readonly json?: boolean }, output: Output): Promise<void> {
  const result = await checkModule(path);
  if (json) await printJson(output, toJson(result));
  else await print(output, toText(result));
  const { file, faults } = result;
  if (faults.length > 0) throw manifestErrors.MANIFEST_FAULTY({ file, faults: faults.length });
}

async function checkModule(path: string): Promise<ModuleCheck> {
  const isFolder = await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  const file = isFolder ? join(path, "module.toml") : path;
  const { manifest, faults, placeholders, warnings } = await checkManifestFile(file);
  const entryPoint = manifest && (await checkEntryPoint(manifest, file));
  const config = await failureOf(readModuleConfig(dirname(file)));
  const others = [entryPoint?.fault, config].filter((fault) => fault !== undefined);
  return {
    file,
    manifest,
    faults: [...[...faults, ...placeholders].sort(byLine), ...others],
    warnings: [...[...warnings].sort(byLine), ...(entryPoint?.warnings ?? [])],
  };
}

/** Looks for the entry point as a host does that finds the module's folder beside others. */
async function checkEntryPoint({ name, entryPoint }: ModuleManifest, file: string) {
  const directory = dirname(resolve(file));
  const key = "entry_point";
  const { entryPath, root, lookedFor } = await findCode(directory, entryPoint);
  if (entryPath === undefined) {
    const text = `there is no file to run at ${lookedFor.join(", ")}: build the module or correct it`;
    return { warnings: [{ file, line: undefined, key, text }] };
  }
  const fault = await failureOf(entryInPlace({ module: name, directory: root, entryPath }));
  if (fault === undefined) return undefined;
  const details = fault.details as Pick<ManifestFault, "found" | "allowed" | "remedy">;
  return { fault: manifestErrors.BAD_ENTRY_POINT({ ...details, file, key }, { cause: fault }) };
}

async function failureOf(work: Promise<unknown>): Promise<EngineError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
}

function byLine(a: EngineError | ManifestWarning, b: EngineError | ManifestWarning): number {
  return lineOf(a) - lineOf(b);
}

function lineOf(finding: EngineError | ManifestWarning): number {
  return ("code" in finding ? detailsOf(finding).line : finding.line) ?? 0;
}

function detailsOf(error: EngineError): Partial<ManifestFault> {
  return error.details as Partial<ManifestFault>;
}

function toText({ manifest, faults, warnings }: ModuleCheck): string {
  const lines = faults.map((fault) => `${errorMessage(fault)} [${fault.code}]`);
  for (const { file, line, key, text } of warnings)
    lines.push(`${line === undefined ? file : `${file}:${line}`}: warning: ${key}: ${text}`);
  if (manifest !== undefined && faults.length === 0) {
    lines.push(`OK ${manifest.name} ${manifest.version}`);
    lines.push(`   capabilities: ${manifest.capabilities.join(" ") || "none"}`);
    lines.push(`   dependencies: ${rangesText(manifest.dependencies)}`);
    if (manifest.optionalDependencies.size > 0)
      lines.push(`   optional dependencies: ${rangesText(manifest.optionalDependencies)}`);
  }
  return `${lines.join("\n")}\n`;
}

function rangesText(ranges: ModuleManifest["dependencies"]): string {
  return [...ranges].map(([name, { text }]) => `${name} ${text.trim() || "*"}`).join("; ") || "none";
}

function toJson({ file, manifest, faults, warnings }: ModuleCheck): object {
  const ranges = (map: ModuleManifest["dependencies"]) =>
    Object.fromEntries([...map].map(([name, { text }]) => [name, text]));
  return {
    ok: faults.length === 0,
    file,
    ...(manifest && {
      name: manifest.name,
      version: manifest.version,
      capabilities: manifest.capabilities,
      dependencies: ranges(manifest.dependencies),
      optional_dependencies: ranges(manifest.optionalDependencies),
    }),
    faults: faults.map(({ code, message, details }) => ({ code, message, ...(details as object) })),
    warnings,
  };
}
