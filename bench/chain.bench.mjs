// @ts-check
import { fileURLToPath } from "node:url";
import { runProcess } from "./run-process.mjs";
import { spreadOf, spreadText } from "./spread.mjs";
import { textTable } from "./text-table.mjs";

/**
 * What chain sources cost: a real block of mainnet (height 413567, 1,557 transactions) taken apart, beside a library that
 * does the same, and played as events; blocks of the regtest chain inside the host, mined and connected.
 */

/** @typedef {import("./chain/parse-run.mjs").ParseFigures} ParseFigures */
/** @typedef {import("./chain/replay-run.mjs").ReplayFigures} ReplayFigures */
/** @typedef {import("./chain/devnet-run.mjs").DevnetFigures} DevnetFigures */

const BLOCK = fileURLToPath(new URL("../test/fixtures/real-blocks/413567.raw", import.meta.url));
const FULL = { repeats: 30, blocks: 50, emptyBlocks: 2000, payments: 1000 };
const SMOKE = { repeats: 2, blocks: 1, emptyBlocks: 110, payments: 5 };

/** @type {import("./run.mjs").Scenario} */
export const scenario = {
  async measure({ rounds, isSmoke }, say) {
    const { repeats, blocks, emptyBlocks, payments } = isSmoke ? SMOKE : FULL;
    /** @type {ParseFigures[]} */
    const parsed = [];
    /** @type {ReplayFigures[]} */
    const replayed = [];
    /** @type {DevnetFigures[]} */
    const mined = [];
    for (let round = 1; round <= rounds; round++) {
      parsed.push(await runProcess("chain/parse-run.mjs", { file: BLOCK, repeats }, "reading a block"));
      replayed.push(await runProcess("chain/replay-run.mjs", { file: BLOCK, blocks }, "playing a block"));
      mined.push(await runProcess("chain/devnet-run.mjs", { emptyBlocks, payments }, "mining a chain"));
      say(`chain round ${round}/${rounds}: ${replayed.at(-1)?.blocks_per_second.toFixed(1)} blocks/s played`);
    }
    const engineMs = parsed.flatMap((run) => run.engine_ms);
    const libraryMs = parsed.flatMap((run) => run.library_ms);
    const ratios = engineMs.map((ms, n) => (libraryMs[n] ?? Number.NaN) / ms);
    return {
      rounds,
      transactions: parsed[0]?.transactions ?? 0,
      rows: [
        row("parse a block, ids and sizes included, ms", engineMs, 1),
        row("@scure/btc-signer on the same block, fields only, ms", libraryMs, 1),
        row("how many times as fast", ratios, 2),
        ...rowsOf(replayed, {
          "read, checked and published, blocks/s": ({ blocks_per_second }) => blocks_per_second,
          "read, checked and published, transactions/s": ({ transactions_per_second }) =>
            transactions_per_second,
          "published, events/s": ({ events_per_second }) => events_per_second,
          "resident memory while playing, MiB": ({ resident_mib }) => resident_mib,
          "memory that stays behind, MiB": ({ heap_growth_mib }) => heap_growth_mib,
        }),
        ...rowsOf(mined, {
          "devnet: empty blocks mined and connected, blocks/s": ({ empty_blocks_per_second }) =>
            empty_blocks_per_second,
          "devnet: payments signed, checked and confirmed, transactions/s": ({ payments_per_second }) =>
            payments_per_second,
          "devnet: start with that chain, ms": ({ restart_ms }) => restart_ms,
        }),
      ],
    };
  },

  render({ rows, rounds, transactions }) {
    const lines = rows.map((/** @type {any} */ { what, spread, digits }) => [
      what,
      spreadText(spread, (value) => value.toFixed(digits)),
    ]);
    const note = `median (min … max) of ${rounds} rounds; mainnet block 413567, ${transactions} transactions\n`;
    return `chain\n${textTable([["", "figure"], ...lines])}${note}`;
  },
};

/**
 * @param {string} what
 * @param {number[]} values
 * @param {number} digits
 */
function row(what, values, digits) {
  return { what, spread: spreadOf(values), digits };
}

/**
 * @template Run
 * @param {Run[]} runs
 * @param {Record<string, (run: Run) => number>} figures
 */
function rowsOf(runs, figures) {
  return Object.entries(figures).map(([what, figure]) => {
    const values = runs.map(figure);
    return row(what, values, Math.max(...values) < 10 ? 2 : 0);
  });
}
