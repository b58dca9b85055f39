import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** What the processes of one module wrote down of themselves. */
export interface ModuleRecords {
  readonly processes: number;
  readonly connections: number;
  readonly handled: number;
  readonly byType: ReadonlyMap<string, number>;
  readonly gaps: number;
  /** Events that gaps told to be lost. */
  readonly told: number;
  readonly reordered: number;
  readonly duplicates: number;
  /** Losses that no gap stood for, or gaps that stood for no loss. */
  readonly unexplained: number;
  /** The number of the last event that was handled or told to be lost. */
  readonly reachedOrdinal: number;
  readonly faults: ReadonlyMap<string, number>;
}

type SavedCount = "connections" | "gaps" | "told" | "reordered" | "duplicates" | "unexplained";
type SavedRecord = Readonly<Record<SavedCount | "reachedOrdinal", number>> & {
  readonly byType: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
};

/** Takes the records that were not taken yet; a process that was killed before its first save has none. */
export function takeRecords(moduleDataDir: string): ModuleRecords {
  const folder = join(moduleDataDir, "records");
  const saved = fileNames(folder)
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .filter((text) => text !== "")
    .map((text) => JSON.parse(text) as SavedRecord);
  rmSync(folder, { recursive: true, force: true });
  const sumOf = (key: SavedCount) => saved.reduce((sum, record) => sum + record[key], 0);
  const byType = addedUp(saved.map((record) => record.byType));
  return {
    processes: saved.length,
    connections: sumOf("connections"),
    handled: [...byType.values()].reduce((sum, count) => sum + count, 0),
    byType,
    gaps: sumOf("gaps"),
    told: sumOf("told"),
    reordered: sumOf("reordered"),
    duplicates: sumOf("duplicates"),
    unexplained: sumOf("unexplained"),
    reachedOrdinal: Math.max(0, ...saved.map((record) => record.reachedOrdinal)),
    faults: addedUp(saved.map((record) => record.faults)),
  };
}

function fileNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function addedUp(tables: readonly Readonly<Record<string, number>>[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const table of tables) {
    for (const [key, count] of Object.entries(table)) sums.set(key, (sums.get(key) ?? 0) + count);
  }
  return sums;
}
