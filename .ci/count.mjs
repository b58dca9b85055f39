// The last line of a run, from the runner's own results; files that ran once more, alone, count as they did then.
import { readFileSync } from "node:fs";

const [wholeFile, againFile] = process.argv.slice(2);

/** By file; empty when the runner left none. */
function resultsOf(path) {
  try {
    const { testResults } = JSON.parse(readFileSync(path, "utf8"));
    return new Map(testResults.map(({ name, assertionResults }) => [name, assertionResults]));
  } catch {
    return new Map();
  }
}

const whole = resultsOf(wholeFile);
if (whole.size === 0) process.stdout.write("The test runner left no results.\n");
const results = new Map([...whole, ...(whole.size === 0 ? [] : resultsOf(againFile))]);
const statuses = [...results.values()].flat().map(({ status }) => status);
const passed = statuses.filter((status) => status === "passed").length;
const failed = statuses.filter((status) => status === "failed").length;
const skipped = statuses.length - passed - failed;
// Neither a run without results nor one in which nothing passed is a success.
if (passed === 0) process.exitCode = 1;
const skippedToo = skipped > 0 ? `, ${skipped} skipped` : "";
process.stdout.write(`${passed} passed, ${failed} failed${skippedToo}\n`);
