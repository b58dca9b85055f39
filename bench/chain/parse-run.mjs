// @ts-check
import { readFileSync } from "node:fs";
import { BTCArray, RawTx } from "@scure/btc-signer/script.js";
import { parseBlock } from "../../dist/chain/index.js";

/**
 * Reads one real block over and over, by this engine and by a library, and prints the times as JSON. The engine's
 * reading includes both ids of each transaction and its sizes; the library's is the fields alone.
 *
 * @typedef {object} Plan
 * @property {string} file a raw block
 * @property {number} repeats of each, taken in turns
 *
 * @typedef {object} ParseFigures
 * @property {number} transactions
 * @property {number[]} engine_ms per block
 * @property {number[]} library_ms per block
 */

const HEADER_BYTES = 80;
// Until the code is compiled.
const WARM_UP = 10;

/** @type {Plan} */
const { file, repeats } = JSON.parse(process.argv[2] ?? "{}");
const bytes = readFileSync(file);
// The library knows transactions, not blocks: what stands behind the header is a list of them.
const transactionList = BTCArray(RawTx);
const libraryTransactions = () => transactionList.decode(bytes.subarray(HEADER_BYTES)).length;

/** @type {ParseFigures} */
const figures = { transactions: parseBlock(bytes).transactions.length, engine_ms: [], library_ms: [] };
if (libraryTransactions() !== figures.transactions) throw new Error("the two readings differ");
for (let turn = 0; turn < WARM_UP + repeats; turn++) {
  const engineMs = timeOf(() => parseBlock(bytes));
  const libraryMs = timeOf(libraryTransactions);
  if (turn < WARM_UP) continue;
  figures.engine_ms.push(engineMs);
  figures.library_ms.push(libraryMs);
}
process.stdout.write(`${JSON.stringify(figures)}\n`);

/** @param {() => unknown} run */
function timeOf(run) {
  const startMs = performance.now();
  run();
  return performance.now() - startMs;
}
