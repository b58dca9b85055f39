import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { builtEngine, builtFiles, seesBuild } from "./test/kit/built-engine.js";
import { StrictReporter } from "./test/kit/strict-reporter.js";

const isCi = process.env.CI !== undefined && process.env.CI !== "";
const resultsFile = process.env.TEST_RESULTS_FILE;

function source(path: string): string {
  return fileURLToPath(new URL(`./src/${path}`, import.meta.url));
}

const allTests = ["test/**/*.test.ts", "marbles/**/*.test.ts"];
const noTests = ["**/node_modules/**", "test/fixtures/**"];
/**
 * Rooms whose tests look at nothing that belongs to a whole process: memory, descriptors, what nobody caught, replaced
 * imports. They share processes, which spares each file the start of one and the loading of everything.
 */
const sharedRooms = [
  "bench",
  "bus",
  "chain",
  "cli",
  "config",
  "control",
  "events",
  "grafana",
  "host",
  "http",
  "ipc",
  "manifest",
  "metrics",
  "modules",
  "node-api",
  "recordings",
  "sandbox",
  "scaffold",
  "sdk",
  "security",
  "setup",
  "streams",
  "supervisor",
  "testing",
];
/** Of these rooms, what wants a process for itself all the same. */
const apartTests = [
  "test/host/host-shutdown.test.ts",
  ...["hostile", "guards"].map((name) => `test/security/${name}.test.ts`),
];
/** Tests of what happens within milliseconds, on a machine that has nothing else to do: they run last, one after another. */
const quietTests = [
  "test/chaos/hostile-neighbours.test.ts",
  "test/sandbox/limits.test.ts",
  "test/supervisor/monitor/data-guard.test.ts",
];
/** Tests that replace imports of the engine: they see its sources. */
const replacingTests = [
  "test/security/threshold-subsets.test.ts",
  "test/supervisor/monitor/data-guard-failure.test.ts",
];
const sharedTests = [...sharedRooms.map((room) => `test/${room}/**/*.test.ts`), "test/*.test.ts"];

/** Tests that measure the memory of their process: they want the runtime's own settings. */
const measuringTests = ["test/memory/**/*.test.ts", "test/fuzz/**/*.test.ts"];
/** Most tests make many objects that live for a moment: a larger nursery spares a tenth of their time. */
const largeNursery = ["--max-semi-space-size=64"];
/** Tests see the build when it is current, and the sources when not. */
const engine = seesBuild ? [builtEngine()] : [];
const server = { deps: { external: [builtFiles] } };

export default defineConfig({
  // Node 20 has no `using`: the transform lowers it, as tsc does for the build.
  oxc: { target: "es2023" },
  resolve: {
    // In tests that see the sources; child processes resolve the package's own name to dist.
    alias: [
      { find: /^blvm-streams$/, replacement: source("index.ts") },
      { find: /^blvm-streams\/(events|sdk|testing)$/, replacement: source("$1/index.ts") },
    ],
  },
  test: {
    projects: [
      {
        extends: true,
        plugins: engine,
        test: {
          name: "shared",
          server,
          include: sharedTests,
          exclude: [...noTests, ...apartTests, ...quietTests, ...replacingTests],
          isolate: false,
          execArgv: largeNursery,
          setupFiles: ["test/kit/shared-process.ts"],
        },
      },
      {
        extends: true,
        plugins: engine,
        test: {
          name: "own",
          server,
          include: allTests,
          exclude: [...noTests, ...sharedTests, ...measuringTests, ...quietTests, ...replacingTests],
          isolate: true,
          execArgv: largeNursery,
        },
      },
      {
        extends: true,
        plugins: engine,
        test: {
          name: "quiet",
          server,
          include: quietTests,
          exclude: noTests,
          isolate: true,
          execArgv: largeNursery,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "replacing",
          include: replacingTests,
          exclude: noTests,
          isolate: true,
          execArgv: largeNursery,
        },
      },
      {
        extends: true,
        plugins: engine,
        test: {
          name: "apart",
          server,
          include: [...apartTests, ...measuringTests],
          exclude: noTests,
          isolate: true,
        },
      },
    ],
    pool: "forks",
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    reporters: [
      "default",
      ...(isCi ? [new StrictReporter()] : []),
      ...(resultsFile === undefined
        ? []
        : [["json", { outputFile: resultsFile }] as ["json", { outputFile: string }]]),
    ],
  },
});
