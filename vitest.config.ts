import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { StrictReporter } from "./test/kit/strict-reporter.js";

const isCi = process.env.CI !== undefined && process.env.CI !== "";
const resultsFile = process.env.TEST_RESULTS_FILE;

function source(path: string): string {
  return fileURLToPath(new URL(`./src/${path}`, import.meta.url));
}

export default defineConfig({
  // Node 20 has no `using`: the transform lowers it, as tsc does for the build.
  oxc: { target: "es2023" },
  resolve: {
    // Tests in this process see the sources; child processes resolve the package's own name to dist.
    alias: [
      { find: /^blvm-streams$/, replacement: source("index.ts") },
      { find: /^blvm-streams\/(events|sdk|testing)$/, replacement: source("$1/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts", "marbles/**/*.test.ts"],
    exclude: ["**/node_modules/**", "test/fixtures/**"],
    pool: "forks",
    maxWorkers: 2,
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
