// @ts-check
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { programPath } from "./competitors.mjs";

/** What the kernel counts processor time of other processes in, on every Linux. */
const US_PER_TICK = 10_000;
const PAGE_BYTES = 4096;
const START_TIMEOUT_MS = 10_000;
const POLL_MS = 10;

/**
 * A server that stands between publisher and subscribers.
 * @typedef {object} Broker
 * @property {() => BrokerUse} use
 * @property {() => Promise<void>} close
 *
 * @typedef {{ cpuUs: number, rssBytes: number }} BrokerUse
 */

/**
 * Starts a broker as a child of its own and waits until it serves.
 * @param {string} program
 * @param {string[]} args
 * @param {() => unknown} isServing asked again and again until its answer is truthy
 * @returns {Promise<Broker>}
 */
export async function startBroker(program, args, isServing) {
  const path = programPath(program);
  if (path === undefined) throw new Error(`no ${program} on the PATH`);
  const child = spawn(path, args, { stdio: "ignore" });
  await once(child, "spawn");
  // A run that fails, or takes too long and is ended, must not leave its broker behind.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill).once("SIGTERM", () => process.exit(1));
  const deadlineMs = performance.now() + START_TIMEOUT_MS;
  while (!(await isServing())) {
    if (child.exitCode !== null) throw new Error(`${program} ended with exit code ${child.exitCode}`);
    if (performance.now() > deadlineMs) throw new Error(`${program} did not serve in ${START_TIMEOUT_MS} ms`);
    await delay(POLL_MS);
  }
  return {
    use: () => useOf(/** @type {number} */ (child.pid)),
    async close() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
      process.off("exit", kill);
    },
  };
}

/**
 * @param {number} pid
 * @returns {BrokerUse}
 */
function useOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The second field is the program's name in brackets and may hold anything.
  const fields = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const [userTicks = 0, systemTicks = 0] = fields.slice(11, 13);
  const [rssPages = 0] = fields.slice(21, 22);
  return { cpuUs: (userTicks + systemTicks) * US_PER_TICK, rssBytes: rssPages * PAGE_BYTES };
}
