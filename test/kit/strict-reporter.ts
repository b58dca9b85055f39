import type { Reporter, TestModule } from "vitest/node";

/**
 * Fails the run when a test was skipped or when none ran, and says which.
 * For CI, where a missing tool is a fault of the machine's set-up and not a reason to test less.
 */
export class StrictReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const skipped = tests.filter((test) => test.result().state === "skipped");
    if (tests.length > 0 && skipped.length === 0) return;

    process.exitCode = 1;
    if (tests.length === 0) process.stderr.write("No test ran, which counts as a failure in CI.\n");
    for (const test of skipped) {
      const { note } = test.result() as { note?: string };
      process.stderr.write(
        `Skipped, which counts as a failure in CI: ${test.module.relativeModuleId} > ${test.fullName}` +
          `${note === undefined ? "" : ` (${note})`}\n`,
      );
    }
  }
}
