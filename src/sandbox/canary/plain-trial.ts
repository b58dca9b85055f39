import { type NotRun, runTrial, type TrialTerms } from "./trial.js";

const USER_DIGITS = 10;

/**
 * Starts a script that does nothing but tell whom it runs as: where there is no canary for the processor, or the
 * folder is one that no program can be run from, it still proves that modules can be started so.
 */
export async function runPlainTrial(
  terms: TrialTerms,
): Promise<{ readonly isRun: true; readonly uid: number } | NotRun> {
  const result = await runTrial(terms, "trial.mjs", ({ token }) => ({
    file: Buffer.from(
      `process.stdout.write("${token.toString("latin1")}" + String(process.geteuid()).padStart(${USER_DIGITS}));\n` +
        "process.stdin.resume();\n",
    ),
    answersBytes: USER_DIGITS,
  }));
  return result.isRun ? { isRun: true, uid: Number(result.answers.toString("latin1")) } : result;
}
