import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";

/**
 * Who imports what. Keys are files below `src/` ("bus/event-bus.ts"); values are what they import, each once:
 * files in the same notation, or the names of libraries ("rxjs", "node:fs").
 * Type-only imports, re-exports and dynamic imports count like any other.
 */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** Reads the graph of all TypeScript files below `folder`. */
export function readImportGraph(folder: string): ImportGraph {
  const files = listFiles(folder, ".ts");
  return new Map(files.map((file) => [file, importsOf(file, readFileSync(join(folder, file), "utf8"))]));
}

/** All files below `folder` whose names end in `ending`, as sorted relative paths. */
export function listFiles(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending))
    .map((file) => file.replaceAll("\\", "/"))
    .sort();
}

/** What one file imports, in the notation of the graph. */
export function importsOf(file: string, text: string): string[] {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  return [...new Set(importedFiles.map(({ fileName }) => resolveImport(file, fileName)))].sort();
}

function resolveImport(from: string, specifier: string): string {
  if (specifier.startsWith(".")) {
    return posix.join(posix.dirname(from), specifier).replace(/\.js$/, ".ts");
  }
  // The package's own doors, as strangers write them.
  if (specifier === "blvm-streams") return "index.ts";
  if (specifier.startsWith("blvm-streams/")) return `${specifier.slice("blvm-streams/".length)}/index.ts`;
  if (specifier.startsWith("node:")) return specifier;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
