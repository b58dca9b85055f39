// @ts-check
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const RUN_TIMEOUT_MS = 120_000;

/**
 * One run in a process of its own: a script of this folder that takes its plan as JSON and prints its figures as JSON.
 * @template T
 * @param {string} script relative to this folder
 * @param {object} plan
 * @param {string} what names the run in an error
 * @returns {Promise<T>}
 */
export function runProcess(script, plan, what) {
  const file = fileURLToPath(new URL(script, import.meta.url));
  return new Promise((resolve, reject) => {
    const run = spawn(process.execPath, [...process.execArgv, file, JSON.stringify(plan)], {
      stdio: ["ignore", "pipe", "inherit"],
      timeout: RUN_TIMEOUT_MS,
    });
    let output = "";
    run.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    run.once("error", reject);
    run.once("close", (code, signal) => {
      if (code === 0) resolve(JSON.parse(output));
      else reject(new Error(`${what} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}
