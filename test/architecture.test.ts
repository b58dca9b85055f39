import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checkFile } from "./architecture/check-file.js";
import { checkImports, type ImportRules } from "./architecture/check-imports.js";
import { importsOf, listFiles, readImportGraph } from "./architecture/import-graph.js";
import { libraryHomes, openRooms, rooms } from "./architecture/rooms.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const { dependencies, optionalDependencies = {} } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8"),
) as { dependencies: Record<string, string>; optionalDependencies?: Record<string, string> };

const rules: ImportRules = {
  rooms,
  openRooms,
  libraryHomes,
  installedLibraries: Object.keys({ ...dependencies, ...optionalDependencies }),
  minFiles: 10,
};

describe("src", () => {
  it("imports downward only, through doors, without cycles", () => {
    expect(checkImports(readImportGraph(join(root, "src")), rules)).toEqual([]);
  });

  it("keeps its files short, well named and free of default exports", () => {
    const violations = listFiles(join(root, "src"), ".ts").flatMap((file) =>
      checkFile(file, readFileSync(join(root, "src", file), "utf8"), {
        maxLines: 400,
        allowsDefaultExport: false,
        isDoor: /^([^/]+\/)?index\.ts$/.test(file),
      }),
    );
    expect(violations).toEqual([]);
  });
});

describe("test and marbles", () => {
  it("keep their files below 600 lines and well named", () => {
    const folders = ["test", "marbles"].filter((folder) => existsSync(join(root, folder)));
    const files = folders.flatMap((folder) =>
      listFiles(join(root, folder), ".ts").map((file) => `${folder}/${file}`),
    );
    const violations = files
      .filter((file) => !file.startsWith("test/fixtures/"))
      .flatMap((file) =>
        checkFile(file, readFileSync(join(root, file), "utf8"), {
          maxLines: 600,
          allowsDefaultExport: /\.(marbles|config)\.ts$/.test(file),
          isDoor: false,
        }),
      );
    expect(files.length).toBeGreaterThan(5);
    expect(violations).toEqual([]);
  });
});

describe("rooms", () => {
  it("list lower rooms only", () => {
    for (const [name, room] of Object.entries(rooms)) {
      for (const imported of room.imports) {
        expect(rooms[imported]?.rank, `${name} lists ${imported}`).toBeLessThan(room.rank);
      }
    }
  });
});

describe("importsOf", () => {
  it("sees type-only, re-exported, dynamic and import() type imports", () => {
    const text = `
      import type { A } from "./a.js";
      import { type B } from "../events/index.js";
      export { C } from "./c.js";
      export type D = import("./d.js").D;
      export const load = async () => import("./e.js");
      import { decode } from "@msgpack/msgpack/mp";
      import { f } from "blvm-streams/sdk";
      import "node:fs";
    `;
    expect(importsOf("bus/x.ts", text)).toEqual([
      "@msgpack/msgpack",
      "bus/a.ts",
      "bus/c.ts",
      "bus/d.ts",
      "bus/e.ts",
      "events/index.ts",
      "node:fs",
      "sdk/index.ts",
    ]);
  });
});

describe("checkImports", () => {
  const check = (edges: Record<string, string[]>, minFiles = 1) =>
    checkImports(new Map(Object.entries(edges)), { ...rules, minFiles });

  it("accepts a downward import through a door", () => {
    expect(
      check({
        "bus/a.ts": ["events/index.ts", "errors.ts", "rxjs", "node:fs"],
        "events/index.ts": [],
        "errors.ts": [],
      }),
    ).toEqual([]);
  });

  it("reports an upward import", () => {
    expect(check({ "events/a.ts": ["bus/index.ts"], "bus/index.ts": [] })).toEqual([
      "events/a.ts imports upward: bus (rank 2) from events (rank 1)",
    ]);
  });

  it("reports an import between rooms of one rank", () => {
    expect(check({ "bus/a.ts": ["ipc/index.ts"], "ipc/index.ts": [] })).toEqual([
      "bus/a.ts imports upward: ipc (rank 2) from bus (rank 2)",
    ]);
  });

  it("reports a lower room that is not listed", () => {
    expect(check({ "sdk/a.ts": ["bus/index.ts"], "bus/index.ts": [] })).toEqual([
      "sdk/a.ts imports bus, which sdk may not: it lists events, manifest, ipc, requests",
    ]);
  });

  it("reports an import past a room's door", () => {
    expect(check({ "bus/a.ts": ["events/event-field.ts"], "events/event-field.ts": [] })).toEqual([
      "bus/a.ts goes past the door of events: it imports events/event-field.ts",
    ]);
  });

  it("lets only the config file import a room's options", () => {
    const edges = { "config.ts": ["bus/options.ts"], "host.ts": ["bus/options.ts"], "bus/options.ts": [] };
    expect(check(edges)).toEqual(["host.ts goes past the door of bus: it imports bus/options.ts"]);
  });

  it("reports a cycle between files of one room", () => {
    expect(check({ "bus/a.ts": ["bus/b.ts"], "bus/b.ts": ["bus/c.ts"], "bus/c.ts": ["bus/b.ts"] })).toEqual([
      "cycle: bus/b.ts → bus/c.ts → bus/b.ts",
    ]);
  });

  it("reports a library outside its home", () => {
    expect(check({ "bus/a.ts": ["prom-client"], "metrics/b.ts": ["prom-client"] })).toEqual([
      "bus/a.ts imports prom-client, whose only home is metrics/",
    ]);
  });

  it("reports a library that an installed package would lack", () => {
    expect(check({ "bus/a.ts": ["vitest"] })).toEqual([
      "bus/a.ts imports vitest, which is not among the dependencies of package.json",
    ]);
  });

  it("reports a folder that is no room and a file that is not there", () => {
    expect(check({ "lib/a.ts": [], "bus/a.ts": ["bus/gone.ts"] })).toEqual([
      'lib/a.ts is in no room: "lib" is missing in the table of rooms',
      "bus/a.ts imports bus/gone.ts, which does not exist",
    ]);
  });

  it("reports that it saw no files, or too few", () => {
    expect(check({}, 10)).toEqual(["saw 0 files, expected at least 10: the check looked in the wrong place"]);
    expect(check({ "errors.ts": [] }, 10)).toHaveLength(1);
  });
});

describe("checkFile", () => {
  const check = (path: string, text: string, isDoor = false) =>
    checkFile(path, text, { maxLines: 3, allowsDefaultExport: false, isDoor });

  it("accepts a door of named re-exports", () => {
    expect(
      check("bus/index.ts", 'export { a } from "./a.js";\nexport type { B } from "./b.js";\n', true),
    ).toEqual([]);
  });

  it("reports logic and star exports in a door", () => {
    expect(check("bus/index.ts", 'export * from "./a.js";\nexport const b = 1;\n', true)).toEqual([
      'bus/index.ts is a door and may hold named re-exports only, not: export * from "./a.js";',
      "bus/index.ts is a door and may hold named re-exports only, not: export const b = 1;",
    ]);
  });

  it("reports a file with a line too many", () => {
    expect(check("bus/a.ts", "1;\n2;\n3;\n")).toEqual([]);
    expect(check("bus/a.ts", "1;\n2;\n3;\n4;\n")).toEqual(["bus/a.ts has 4 lines, at most 3 are allowed"]);
  });

  it("reports a file name that says nothing", () => {
    expect(check("bus/utils.ts", "")).toHaveLength(1);
    expect(check("supervisor/module-manager.ts", "")).toEqual([]);
  });

  it("reports each form of default export", () => {
    for (const text of [
      "export default 1;",
      "export default function f() {}",
      "const a = 1; export { a as default };",
    ]) {
      expect(check("bus/a.ts", text), text).toEqual(["bus/a.ts has a default export; use a named one"]);
    }
  });

  it("reports console, but not the word in a string", () => {
    expect(check("bus/a.ts", 'console.log("x");')).toEqual([
      "bus/a.ts writes to console; log through the logger it is given",
    ]);
    expect(check("bus/a.ts", 'const a = "console.log";')).toEqual([]);
  });
});
