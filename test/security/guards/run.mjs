// Plays the guards' rows over an engine whose guards have switches. Environment: GUARDS, the numbers of the guards
// to take out; GUARD_SOURCES, a file that maps paths of sources to their text with switches.
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { startVitest } from "vitest/node";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const halves = [
  new URL("./first-half.guard.ts", import.meta.url),
  new URL("./second-half.guard.ts", import.meta.url),
];
const sources = new Map(Object.entries(JSON.parse(readFileSync(process.env.GUARD_SOURCES, "utf8"))));

const switches = {
  name: "guards-with-switches",
  enforce: "pre",
  load: (id) => sources.get(id),
};

const options = {
  root,
  config: false,
  watch: false,
  include: halves.map((url) => relative(root, fileURLToPath(url))),
  pool: "forks",
  maxWorkers: 2,
  testTimeout: 60_000,
  reporters: [["default", { summary: false }]],
};
await startVitest("test", [], options, { plugins: [switches], oxc: { target: "es2023" } });
