import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readErrors, roomsWithErrors } from "../scripts/docs/errors.mjs";
import { listFiles } from "./architecture/import-graph.js";

const root = fileURLToPath(new URL("..", import.meta.url));

interface RoomErrors {
  readonly room: string;
  readonly codes: readonly string[];
}

/** The codes that exist at run time: the keys of every `…Errors` table that a room's errors.ts exports. */
async function loadErrors(): Promise<RoomErrors[]> {
  return Promise.all(
    roomsWithErrors().map(async (room) => {
      const exported = (await import(join(root, "src", room, "errors.ts"))) as Record<string, object>;
      const tables = Object.entries(exported).filter(([name]) => name.endsWith("Errors"));
      return { room, codes: tables.flatMap(([, table]) => Object.keys(table)) };
    }),
  );
}

const rooms = await loadErrors();
const codes = rooms.flatMap((room) => room.codes);

function repeated(names: readonly string[]): string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}

describe("error codes", () => {
  it("are found in every room that has an errors.ts", () => {
    expect(rooms.length).toBeGreaterThan(0);
    expect(rooms.filter((room) => room.codes.length === 0)).toEqual([]);
  });

  it("belong to one room each and are written in capitals", () => {
    expect(repeated(codes)).toEqual([]);
    expect(codes.filter((code) => !/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(code))).toEqual([]);
  });

  it("stand in docs/errors.md exactly once, and no other code does", () => {
    const page = readFileSync(join(root, "docs/errors.md"), "utf8");
    const documented = [...page.matchAll(/^### `(.+)`$/gm)].map(([, code]) => code ?? "");
    expect(documented.toSorted()).toEqual(codes.toSorted());
  });

  it("have a comment that says what they mean", () => {
    const silent = rooms.flatMap(({ room }) =>
      readErrors(readFileSync(join(root, "src", room, "errors.ts"), "utf8"))
        .filter(({ meaning }) => meaning === "")
        .map(({ code }) => `${room}: ${code}`),
    );
    expect(silent).toEqual([]);
  });

  it("are each provoked by a test", () => {
    const tests = listFiles(join(root, "test"), ".ts").filter(
      (file) => !file.startsWith("fixtures/") && file !== "errors.test.ts",
    );
    const text = tests.map((file) => readFileSync(join(root, "test", file), "utf8")).join("\n");
    const untested = codes.filter((code) => !new RegExp(`["'\`]${code}["'\`]`).test(text));
    expect(untested).toEqual([]);
  });
});

describe("readErrors", () => {
  it("reads code, meaning and message from a table", () => {
    const text = `
      export const exampleErrors = defineErrors({
        /** The frame is larger
         *  than allowed. */
        EXAMPLE: (d: { bytes: number; limit: number }) =>
          \`header says \${d.bytes} bytes, \` + "limit is " + \`\${JSON.stringify(d.limit)} at \${place(d)}\`,
        SILENT: () => "no comment",
      });`;
    expect(readErrors(text)).toEqual([
      {
        code: "EXAMPLE",
        meaning: "The frame is larger than allowed.",
        message: "header says {bytes} bytes, limit is {limit} at {place}",
      },
      { code: "SILENT", meaning: "", message: "no comment" },
    ]);
  });
});
