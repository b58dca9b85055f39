#!/usr/bin/env node
// @ts-check
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { readBudget, UsageError, usage } from "./budget.mjs";
import { store } from "./stored-runs.mjs";

/**
 * @typedef {object} Scenario
 * @property {(budget: import("./budget.mjs").Budget, say: (line: string) => void) => Promise<object>} measure
 *   resolves with what is stored
 * @property {(result: any) => string} render the table that is printed
 */

const here = fileURLToPath(new URL(".", import.meta.url));
const known = readdirSync(here)
  .filter((file) => file.endsWith(".bench.mjs"))
  .map((file) => file.slice(0, -".bench.mjs".length))
  .sort();

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${usage(known)}`);
  process.exitCode = 2;
}

async function main() {
  const budget = readBudget(process.argv.slice(2), known);
  if (budget.help) {
    process.stdout.write(usage(known));
    return;
  }
  const machine = { cores: availableParallelism(), node: process.version };
  process.stdout.write(`${machine.cores} cores, Node ${machine.node}, commit ${commit()}\n`);
  /** @type {Record<string, object>} */
  const scenarios = {};
  for (const name of budget.scenarios) {
    /** @type {{ scenario: Scenario }} */
    const { scenario } = await import(`./${name}.bench.mjs`);
    const result = await scenario.measure(budget, (line) => process.stderr.write(`${line}\n`));
    process.stdout.write(`\n${scenario.render(result)}`);
    scenarios[name] = result;
  }
  if (!budget.save) return;
  const run = { measured_at: new Date().toISOString(), commit: commit(), machine, scenarios };
  const file = store(join(here, "results"), run);
  process.stdout.write(`\nstored in ${relative(process.cwd(), file)}\n`);
}

/** The commit that is checked out, with a plus when files differ from it. */
function commit() {
  try {
    const git = (/** @type {string[]} */ ...args) =>
      execFileSync("git", args, { cwd: here, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    // What is measured and what measures it: a run that is stored before this one changes neither.
    const measured = ["../src", "../package-lock.json", ".", ":(exclude)results"];
    return (
      git("rev-parse", "--short", "HEAD") +
      (git("status", "--porcelain", "--", ...measured) === "" ? "" : "+")
    );
  } catch {
    return "unknown";
  }
}
