// Prints the test files that failed, one a line, by the runner's own results: none when there are more than three, when
// the runner left no results, or when something failed outside of a test.
import { readFileSync } from "node:fs";
import { relative } from "node:path";

const MOST = 3;
const [resultsFile = "", logFile = ""] = process.argv.slice(2);
try {
  const { testResults } = JSON.parse(readFileSync(resultsFile, "utf8"));
  const failed = testResults.filter(({ status }) => status === "failed").map(({ name }) => name);
  const hasErrors = /^ *Errors /m.test(readFileSync(logFile, "utf8"));
  if (failed.length <= MOST && !hasErrors)
    for (const name of failed) process.stdout.write(`${relative(process.cwd(), name)}\n`);
} catch {
  // The run ended early: nobody knows what failed.
}
