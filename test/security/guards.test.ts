import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shortForm } from "../kit/campaign.js";
import { tempDir } from "../kit/process-temp-dir.js";
import type { GuardReport } from "./guards/fall.js";
import { findGuard, type Guard, withSwitches } from "./guards/guard.js";
import { guards } from "./guards/guards.js";
import { hostileRows } from "./hostile-table.js";

const runner = fileURLToPath(new URL("./guards/run.mjs", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));
const sourceOf = (file: string) => readFileSync(join(root, "src", file), "utf8");

/** In CI every guard is taken out, on a user's machine each seventh. */
const chosen = guards.map((_, number) => number).filter((number) => number % shortForm(1, 7) === 0);
const RUN_TIMEOUT_MS = 150_000;
const reports = new Map<number, GuardReport>();

function textWithSwitches(): Record<string, string> {
  const numbered = guards.map((guard, number) => ({ ...guard, number }));
  const files = new Set(guards.map(({ file }) => file));
  return Object.fromEntries(
    [...files].map((file) => {
      const here = numbered.filter((guard) => guard.file === file);
      return [join(root, "src", file), withSwitches(sourceOf(file), here)];
    }),
  );
}

async function takeOutChosen(): Promise<string> {
  await using dir = await tempDir();
  const report = join(dir.path, "report.jsonl");
  const sources = join(dir.path, "sources.json");
  await writeFile(report, "");
  await writeFile(sources, JSON.stringify(textWithSwitches()));
  const { VITEST: _inVitest, ...env } = process.env;
  const child = spawn(process.execPath, [runner], {
    env: { ...env, GUARDS: JSON.stringify(chosen), GUARD_SOURCES: sources, GUARD_REPORT: report },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: RUN_TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
  await new Promise<void>((resolve) => child.once("exit", () => resolve()));
  for (const line of (await readFile(report, "utf8")).split("\n").filter((text) => text !== "")) {
    const entry = JSON.parse(line) as GuardReport;
    reports.set(entry.number, entry);
  }
  return child.exitCode === 0 ? "" : `exit code ${child.exitCode}: ${output}`;
}

function takenOut({ place, instead }: Guard): string {
  return `${/⟦(.*)⟧/s.exec(place)?.[1]} → ${instead}`;
}

describe("the guards of the hostile rows", () => {
  let complaint = "";
  beforeAll(async () => {
    complaint = await takeOutChosen();
  }, RUN_TIMEOUT_MS + 10_000);

  afterAll(() => {
    const lines = chosen.map((number) => {
      const guard = guards[number] as Guard;
      const fell = reports.get(number)?.fell ?? "HOLDS";
      return `${guard.row} ${guard.input}\n    src/${guard.file}: ${takenOut(guard)}\n    ${fell}\n`;
    });
    process.stdout.write(`\nGuards taken out one at a time, and what then failed:\n${lines.join("")}`);
  });

  it("are each in their place once", () => {
    for (const guard of guards) findGuard(guard, sourceOf(guard.file));
  });

  it("are missed when they moved or stand there twice", () => {
    const guard: Guard = {
      row: "H01",
      input: "any",
      file: "any.ts",
      place: "if (⟦a === b⟧)",
      instead: "false",
    };
    expect(findGuard(guard, "when (x) if (a ===\n  b) y();")).toEqual({ start: 13, end: 22 });
    expect(() => findGuard(guard, "if (a !== b) y();")).toThrow("stands 0 times");
    expect(() => findGuard(guard, "if (a === b) y(); if (a === b) z();")).toThrow("stands 2 times");
  });

  it("belong to a row each, and every row's number has one", () => {
    for (const { row, input } of guards) {
      expect(hostileRows.filter(({ id, input: text }) => id === row && text === input)).toHaveLength(1);
    }
    const guarded = new Set(guards.map(({ row }) => row));
    // H21 and H35 are of another list; their rows came along.
    const numbers = new Set(hostileRows.map(({ id }) => id).filter((id) => id !== "H21" && id !== "H35"));
    expect([...numbers].filter((id) => !guarded.has(id))).toEqual([]);
  });

  it.each(chosen.map((number) => [`${guards[number]?.row}: ${guards[number]?.input}`, number] as const))(
    "hold %s: without its guard the row falls",
    (_title, number) => {
      expect(reports.get(number)?.fell, complaint).toBeDefined();
    },
  );

  it("fell by assertions, and with them in place every row held", () => {
    expect(complaint).toBe("");
  });
});
