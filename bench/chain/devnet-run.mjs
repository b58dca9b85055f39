// @ts-check
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createChainSource } from "../../dist/chain/index.js";
import { parseConfig } from "../../dist/config.js";

/**
 * Mines a regtest chain inside this process, through the calls that operators use: empty blocks first, then payments
 * that are signed, checked and confirmed; at last it starts again with what was kept. Prints figures as JSON.
 *
 * @typedef {object} Plan
 * @property {number} emptyBlocks
 * @property {number} payments
 *
 * @typedef {object} DevnetFigures
 * @property {number} empty_blocks_per_second
 * @property {number} payments_per_second
 * @property {number} restart_ms
 */

const BLOCKS_PER_CALL = 500;
const PAYMENTS_PER_BLOCK = 50;
const PAYMENT_BTC = 0.01;
// Coins to spend side by side: a chain of unconfirmed change may be 25 long.
const INITIAL_BLOCKS = 160;

/** @type {Plan} */
const plan = JSON.parse(process.argv[2] ?? "{}");
process.stdout.write(`${JSON.stringify(await run(plan))}\n`);

/**
 * @param {Plan} plan
 * @returns {Promise<DevnetFigures>}
 */
async function run({ emptyBlocks, payments }) {
  const dataDir = mkdtempSync(join(tmpdir(), "blvm-bench-"));
  try {
    const source = open(dataDir);
    await source.start();
    const mineMs = await timeOf(() => mine(source, emptyBlocks));
    const payMs = await timeOf(() => pay(source, payments));
    const height = source.tip()?.heightBlocks;
    await source.close();
    const again = open(dataDir);
    const restartMs = await timeOf(() => again.start());
    const isSame = again.tip()?.heightBlocks === height;
    await again.close();
    if (!isSame) throw new Error("the chain that was kept is another one");
    return {
      empty_blocks_per_second: (emptyBlocks / mineMs) * 1000,
      payments_per_second: (payments / payMs) * 1000,
      restart_ms: restartMs,
    };
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** @param {string} dataDir */
function open(dataDir) {
  const config = parseConfig({
    chain: { source: "devnet" },
    devnet: { activity: false, initial_blocks: INITIAL_BLOCKS },
    modules: { data_dir: dataDir },
  });
  return createChainSource({ log: silentLog(), dataDir }, config);
}

/**
 * @param {import("../../dist/chain/index.js").ChainSource} source
 * @param {number} count
 */
async function mine(source, count) {
  const address = await call(source, "getnewaddress", {});
  for (let left = count; left > 0; left -= BLOCKS_PER_CALL) {
    await call(source, "generatetoaddress", { nblocks: Math.min(left, BLOCKS_PER_CALL), address });
  }
}

/**
 * @param {import("../../dist/chain/index.js").ChainSource} source
 * @param {number} count
 */
async function pay(source, count) {
  const address = await call(source, "getnewaddress", {});
  for (let done = 1; done <= count; done++) {
    await call(source, "sendtoaddress", { address, amount: PAYMENT_BTC });
    if (done % PAYMENTS_PER_BLOCK === 0 || done === count) {
      await call(source, "generatetoaddress", { nblocks: 1, address });
    }
  }
}

/**
 * @param {import("../../dist/chain/index.js").ChainSource} source
 * @param {string} name
 * @param {object} params
 * @returns {Promise<any>}
 */
async function call({ rpc = {} }, name, params) {
  const method = rpc[name];
  if (method === undefined) throw new Error(`the source has no ${name}`);
  return method.run(/** @type {never} */ (method.params.parse(params)), undefined);
}

/** @param {() => Promise<unknown>} act */
async function timeOf(act) {
  const startMs = performance.now();
  await act();
  return performance.now() - startMs;
}

/** @returns {import("../../dist/index.js").Logger} */
function silentLog() {
  const hear = () => {};
  const log = { trace: hear, debug: hear, info: hear, warn: hear, error: hear, child: () => log };
  return log;
}
