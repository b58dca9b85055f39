// @ts-check
import { spawn } from "node:child_process";
import { Interrupted } from "./setup-error.mjs";

/** @type {NodeJS.Signals[]} */
const PASSED_ON = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs a program to its end and resolves to its exit code (127 when it can't be started).
 * Its output goes to stderr: stdout belongs to the job that follows. A signal to this process is passed on and
 * waited for, then rejects with `Interrupted`, so the program never outlives an orderly end of the set-up.
 * @param {[program: string, ...args: string[]]} command
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, onSpawn?: ((pid: number) => void) | undefined }} options
 * @returns {Promise<number>}
 */
export function runChild([program, ...args], { cwd, env = process.env, onSpawn }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", 2, 2] });
    if (child.pid !== undefined) onSpawn?.(child.pid);

    /** @type {NodeJS.Signals | undefined} */
    let interruptedBy;
    /** @param {NodeJS.Signals} signal */
    const passOn = (signal) => {
      interruptedBy ??= signal;
      child.kill(signal);
    };
    for (const signal of PASSED_ON) process.on(signal, passOn);
    const settle = (/** @type {number} */ code) => {
      for (const signal of PASSED_ON) process.off(signal, passOn);
      if (interruptedBy === undefined) resolve(code);
      else reject(new Interrupted(interruptedBy));
    };
    child.on("error", () => settle(127));
    child.on("exit", (code) => settle(code ?? 1));
  });
}
