import type { ImportGraph } from "./import-graph.js";
import type { RoomTable } from "./rooms.js";

/** What the import check compares the graph with. */
export interface ImportRules {
  readonly rooms: RoomTable;
  /** Rooms that every other room may import. */
  readonly openRooms: readonly string[];
  /** Library name → the path prefixes below which it may be imported. */
  readonly libraryHomes: Readonly<Record<string, readonly string[]>>;
  /** The libraries that come with an installed package; a development tool is not among them. */
  readonly installedLibraries: readonly string[];
  /** Below this number of files the check has looked in the wrong place. */
  readonly minFiles: number;
}

/** One sentence per broken rule, naming the file; empty when the graph keeps all of them. */
export function checkImports(graph: ImportGraph, rules: ImportRules): string[] {
  const violations: string[] = [];
  if (graph.size < rules.minFiles) {
    violations.push(
      `saw ${graph.size} files, expected at least ${rules.minFiles}: the check looked in the wrong place`,
    );
  }
  for (const [file, targets] of graph) {
    if (rules.rooms[roomOf(file)] === undefined) {
      violations.push(`${file} is in no room: "${roomOf(file)}" is missing in the table of rooms`);
      continue;
    }
    for (const target of targets) {
      if (target.startsWith("node:")) continue;
      const violation = target.endsWith(".ts")
        ? checkFileImport(file, target, graph, rules)
        : checkLibraryImport(file, target, rules);
      if (violation !== undefined) violations.push(violation);
    }
  }
  return [...violations, ...findCycles(graph)];
}

function checkFileImport(
  file: string,
  target: string,
  graph: ImportGraph,
  rules: ImportRules,
): string | undefined {
  if (!graph.has(target)) return `${file} imports ${target}, which does not exist`;
  const from = roomOf(file);
  const to = roomOf(target);
  if (from === to) return undefined;

  const fromRoom = rules.rooms[from];
  const toRoom = rules.rooms[to];
  if (fromRoom === undefined || toRoom === undefined) return `${file} imports ${target}, which is in no room`;
  if (toRoom.rank >= fromRoom.rank) {
    return `${file} imports upward: ${to} (rank ${toRoom.rank}) from ${from} (rank ${fromRoom.rank})`;
  }
  if (!fromRoom.imports.includes(to) && !rules.openRooms.includes(to)) {
    return `${file} imports ${to}, which ${from} may not: it lists ${fromRoom.imports.join(", ") || "no room"}`;
  }
  return isDoor(target, from) ? undefined : `${file} goes past the door of ${to}: it imports ${target}`;
}

/** The door of a room is its root file or its index.ts. The config schema is composed from each room's options. */
function isDoor(target: string, fromRoom: string): boolean {
  const room = roomOf(target);
  const doors = [`${room}.ts`, `${room}/index.ts`];
  return doors.includes(target) || (fromRoom === "config" && target === `${room}/options.ts`);
}

function checkLibraryImport(file: string, library: string, rules: ImportRules): string | undefined {
  if (!rules.installedLibraries.includes(library)) {
    return `${file} imports ${library}, which is not among the dependencies of package.json`;
  }
  const homes = rules.libraryHomes[library];
  if (homes === undefined || homes.some((home) => file.startsWith(home))) return undefined;
  return `${file} imports ${library}, whose only home is ${homes.join(", ")}`;
}

/** The room of "bus/event-bus.ts" is "bus", that of "host.ts" is "host". */
function roomOf(file: string): string {
  return (file.split("/", 1)[0] ?? file).replace(/\.ts$/, "");
}

/** Each cycle once, as "a.ts → b.ts → a.ts". */
function findCycles(graph: ImportGraph): string[] {
  const cycles: string[] = [];
  const finished = new Set<string>();
  const path: string[] = [];

  const visit = (file: string): void => {
    const start = path.indexOf(file);
    if (start >= 0) {
      cycles.push(`cycle: ${[...path.slice(start), file].join(" → ")}`);
      return;
    }
    if (finished.has(file)) return;
    path.push(file);
    for (const target of graph.get(file) ?? []) {
      if (graph.has(target)) visit(target);
    }
    path.pop();
    finished.add(file);
  };

  for (const file of graph.keys()) visit(file);
  return cycles;
}
