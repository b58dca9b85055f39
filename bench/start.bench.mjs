// @ts-check
import { spawnSync } from "node:child_process";
import { runProcess } from "./run-process.mjs";
import { spreadOf, spreadText } from "./spread.mjs";
import { textTable } from "./text-table.mjs";

/**
 * How long a host needs to its first event in a module, and a module from its spawn to its subscription; then what the
 * sandbox costs: time to a module's first byte, one and many at once, and memory beside the module's own.
 */

/** @typedef {import("./start/host-run.mjs").StartFigures} StartFigures */
/** @typedef {import("./start/sandbox-run.mjs").SandboxFigures} SandboxFigures */

const LOADS_PER_ROUND = 3;
const STARTS_PER_ROUND = 10;
const CROWD = 20;
/** What a start in the sandbox may cost. */
const GOALS = { first_byte_p95_ms: 150, crowd_ms: 1500, beyond_kib: 2048 };

/** @type {import("./run.mjs").Scenario} */
export const scenario = {
  async measure({ rounds, isSmoke }, say) {
    const loads = isSmoke ? 1 : LOADS_PER_ROUND;
    const firstEventMs = [];
    const subscribedMs = [];
    const bareMs = [];
    /** @type {SandboxFigures[]} */
    const sandboxRuns = [];
    const crowd = isSmoke ? 2 : CROWD;
    for (let round = 1; round <= rounds; round++) {
      const plan = { spawnedNs: Number(process.hrtime.bigint()), loads };
      /** @type {StartFigures} */
      const figures = await runProcess("start/host-run.mjs", plan, "the start of a host");
      firstEventMs.push(figures.first_event_ms);
      subscribedMs.push(...figures.subscribed_ms);
      bareMs.push(bareNodeMs());
      const sandboxPlan = { starts: isSmoke ? 1 : STARTS_PER_ROUND, crowd };
      sandboxRuns.push(await runProcess("start/sandbox-run.mjs", sandboxPlan, "the start of modules"));
      say(`start round ${round}/${rounds}: first event after ${figures.first_event_ms.toFixed(0)} ms`);
    }
    return {
      rounds,
      rows: [
        { what: "host start to first event", ms: spreadOf(firstEventMs) },
        { what: "module spawn to subscribed", ms: spreadOf(subscribedMs) },
        { what: "bare Node process, start to end", ms: spreadOf(bareMs) },
      ],
      sandbox: sandboxFigures(sandboxRuns, crowd),
    };
  },

  render({ rows, rounds, sandbox }) {
    const lines = rows.map((/** @type {any} */ { what, ms }) => [
      what,
      spreadText(ms, (value) => value.toFixed(0)),
      String(ms.n),
    ]);
    const note = `median (min … max) of ${rounds} rounds; a module that is loaded has subscribed\n`;
    return `start\n${textTable([["", "ms", "n"], ...lines])}${note}\n${renderSandbox(sandbox)}`;
  },
};

/**
 * @param {SandboxFigures[]} runs
 * @param {number} crowd
 */
function sandboxFigures(runs, crowd) {
  const rows = /** @type {const} */ (["plain", "sandboxed"]).map((way) => {
    const firstByteMs = runs.flatMap((run) => run[way].first_byte_ms);
    return {
      way,
      starts: firstByteMs.length,
      first_byte_p50_ms: percentile(firstByteMs, 50),
      first_byte_p95_ms: percentile(firstByteMs, 95),
      crowd_ms: spreadOf(runs.map((run) => run[way].crowd_ms)),
    };
  });
  return {
    rows,
    crowd,
    goals: GOALS,
    enforced: runs[0]?.enforced ?? [],
    beyond_pss_kib: spreadOf(runs.map((run) => run.beyond_pss_kib)),
    beyond_rss_kib: spreadOf(runs.map((run) => run.beyond_rss_kib)),
  };
}

/** @param {any} sandbox */
function renderSandbox({ rows, crowd, enforced, beyond_pss_kib: pss, beyond_rss_kib: rss }) {
  const whole = (/** @type {number} */ value) => value.toFixed(0);
  const lines = rows.map((/** @type {any} */ row) => [
    row.way,
    ...[row.first_byte_p50_ms, row.first_byte_p95_ms].map(whole),
    spreadText(row.crowd_ms, whole),
    String(row.starts),
  ]);
  const heading = ["module start to first byte, ms", "p50", "p95", `last of ${crowd} at once`, "n"];
  const memory = `memory of the sandbox beside each module: ${spreadText(pss, whole)} KiB proportional, ${spreadText(rss, whole)} KiB resident\n`;
  return `${textTable([heading, ...lines])}${memory}layers that hold here: ${enforced.join(", ") || "none"}\n`;
}

/**
 * The smallest value that so many percent don't exceed.
 * @param {readonly number[]} values at least one
 * @param {number} percent
 */
function percentile(values, percent) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** What no program that runs in Node can be faster than. */
function bareNodeMs() {
  const startMs = performance.now();
  spawnSync(process.execPath, ["--eval", ""]);
  return performance.now() - startMs;
}
