// @ts-check
import { spawnSync } from "node:child_process";
import { runProcess } from "./run-process.mjs";
import { spreadOf, spreadText } from "./spread.mjs";
import { textTable } from "./text-table.mjs";

/** How long a host needs to its first event in a module, and a module from its spawn to its subscription. */

/** @typedef {import("./start/host-run.mjs").StartFigures} StartFigures */

const LOADS_PER_ROUND = 3;

/** @type {import("./run.mjs").Scenario} */
export const scenario = {
  async measure({ rounds, isSmoke }, say) {
    const loads = isSmoke ? 1 : LOADS_PER_ROUND;
    const firstEventMs = [];
    const subscribedMs = [];
    const bareMs = [];
    for (let round = 1; round <= rounds; round++) {
      const plan = { spawnedNs: Number(process.hrtime.bigint()), loads };
      /** @type {StartFigures} */
      const figures = await runProcess("start/host-run.mjs", plan, "the start of a host");
      firstEventMs.push(figures.first_event_ms);
      subscribedMs.push(...figures.subscribed_ms);
      bareMs.push(bareNodeMs());
      say(`start round ${round}/${rounds}: first event after ${figures.first_event_ms.toFixed(0)} ms`);
    }
    return {
      rounds,
      rows: [
        { what: "host start to first event", ms: spreadOf(firstEventMs) },
        { what: "module spawn to subscribed", ms: spreadOf(subscribedMs) },
        { what: "bare Node process, start to end", ms: spreadOf(bareMs) },
      ],
    };
  },

  render({ rows, rounds }) {
    const lines = rows.map((/** @type {any} */ { what, ms }) => [
      what,
      spreadText(ms, (value) => value.toFixed(0)),
      String(ms.n),
    ]);
    const note = `median (min … max) of ${rounds} rounds; a module that is loaded has subscribed\n`;
    return `start\n${textTable([["", "ms", "n"], ...lines])}${note}`;
  },
};

/** What no program that runs in Node can be faster than. */
function bareNodeMs() {
  const startMs = performance.now();
  spawnSync(process.execPath, ["--eval", ""]);
  return performance.now() - startMs;
}
