import { resolve } from "node:path";
import { isTable, type Layer, type RawTable } from "./layer.js";

const pathKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ["chain", ["files"]],
  ["devnet", ["scenario"]],
  ["bitcoin_core", ["cookie_file"]],
  ["recording", ["file"]],
  ["streams", ["dir", "files_dir"]],
  ["modules", ["modules_dir", "data_dir", "socket_dir"]],
]);

/** A layer's table with its paths made absolute; what is no path is left for the schema to refuse. */
export function withAbsolutePaths({ table, baseDir }: Layer): RawTable {
  const entries = Object.entries(table).map(([section, values]) => {
    const keys = pathKeys.get(section);
    if (keys === undefined || !isTable(values)) return [section, values];
    const resolved = Object.entries(values).map(([key, value]) => [
      key,
      keys.includes(key) ? absolute(value, baseDir) : value,
    ]);
    return [section, Object.fromEntries(resolved)];
  });
  return Object.fromEntries(entries) as RawTable;
}

function absolute(value: unknown, baseDir: string): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => absolute(item, baseDir));
  return typeof value === "string" && value !== "" ? resolve(baseDir, value) : value;
}
