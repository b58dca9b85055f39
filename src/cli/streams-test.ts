import type { Command } from "commander";
import type { PreparedStream, StreamProblem, StreamTestOutcome } from "../streams/index.js";
import { cliErrors } from "./errors.js";
import { type Output, print, printJson } from "./output.js";
import { findStreamFiles, readStreamFile } from "./stream-files.js";
import { textFor } from "./terminal-text.js";

interface TestOptions {
  readonly filter?: string;
  readonly json?: boolean;
}

/** What came of one file: its problems, or the outcome of each test. */
interface FileOutcome {
  readonly file: string;
  readonly problems: readonly StreamProblem[];
  readonly outcomes: readonly StreamTestOutcome[];
  /** False where the file holds no test at all. */
  readonly hasTests: boolean;
}

/** `streams test`: runs the tests that stand in streams' files, in virtual time; needs no host. */
export function addStreamsTestCommand(streams: Command, output: Output): void {
  streams
    .command("test")
    .description("run the tests in the files of streams, in virtual time; no host is needed")
    .argument("<paths...>", "files of streams, or folders of them")
    .option("--filter <text>", "run the tests whose name holds this text")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
A test says which events come and when, and what leaves which step: nothing is waited for and no sink is opened. Where the
run differs, both lines of marbles are printed one below the other, one column a millisecond. Exits with 1 when a test fails
or a file can't run.

Examples:
  blvm-streams streams test streams/
  blvm-streams streams test large-fee.yaml --filter once
  blvm-streams streams test streams/ --json | jq '.files[].tests[] | select(.passed | not)'`,
    )
    .action((paths: readonly string[], options: TestOptions) => test(paths, options, output));
}

async function test(
  paths: readonly string[],
  { filter = "", json = false }: TestOptions,
  output: Output,
): Promise<void> {
  const files: FileOutcome[] = [];
  for (const file of await findStreamFiles(paths)) {
    const reading = await readStreamFile(file);
    const outcome =
      "problems" in reading
        ? { file, problems: reading.problems, outcomes: [], hasTests: true }
        : { file, problems: [], ...(await runTests(reading.stream, filter)) };
    files.push(outcome);
    if (!json) await print(output, textFor(output.stdout, await toText(outcome)));
  }
  const outcomes = files.flatMap((file) => file.outcomes);
  const failed = outcomes.filter(({ isPassed }) => !isPassed).length;
  const faulty = files.filter(({ problems }) => problems.length > 0).length;
  const isOk = failed === 0 && faulty === 0;
  if (json) await printJson(output, { ok: isOk, tests: outcomes.length, failed, files: files.map(toJson) });
  else if (isOk)
    await print(output, `${outcomes.length} ${outcomes.length === 1 ? "test" : "tests"} passed\n`);
  if (!isOk) throw cliErrors.STREAM_TESTS_FAILED({ failed, tests: outcomes.length, faulty });
}

async function runTests(
  stream: PreparedStream,
  filter: string,
): Promise<{ readonly outcomes: readonly StreamTestOutcome[]; readonly hasTests: boolean }> {
  const { testStream } = await import("../streams/index.js");
  const chosen = stream.tests.filter(({ name }) => name.includes(filter));
  return { outcomes: chosen.map((one) => testStream(stream, one)), hasTests: stream.tests.length > 0 };
}

async function toText({ file, problems, outcomes, hasTests }: FileOutcome): Promise<string> {
  const { problemText } = await import("../streams/index.js");
  if (!hasTests) return `${file}: it has no tests; add them under \`tests:\`\n`;
  const lines = problems.map((problem) => problemText(file, problem));
  for (const outcome of outcomes) {
    lines.push(`${outcome.isPassed ? "pass" : "FAIL"} ${file}:${outcome.line} ${outcome.name}`);
    if (!outcome.isPassed) lines.push(...outcome.difference.split("\n").map((line) => `     ${line}`));
  }
  return lines.map((line) => `${line}\n`).join("");
}

function toJson({ file, problems, outcomes }: FileOutcome): object {
  return {
    file,
    problems,
    tests: outcomes.map((outcome) => ({
      name: outcome.name,
      line: outcome.line,
      passed: outcome.isPassed,
      ...(!outcome.isPassed && { difference: outcome.difference }),
    })),
  };
}
