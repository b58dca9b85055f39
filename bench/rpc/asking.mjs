// @ts-check
import { BLOCK_HASH, BLOCK_TRANSACTIONS, blockBytes, HEIGHT } from "./workload.mjs";

/**
 * How a client process asks its server; each resolves with the answer.
 * @typedef {object} Client
 * @property {() => Promise<number>} get_block_height
 * @property {(hash: string) => Promise<Uint8Array | undefined>} get_raw_block
 * @property {(hash: string) => Promise<{ transactions: readonly unknown[] } | undefined>} [get_block]
 *
 * What a client process is to do, and what came of it.
 * @typedef {{ method: "get_block_height" | "get_raw_block" | "get_block", requests: number, outstanding: number }} Stint
 * @typedef {object} StintReport
 * @property {number[]} took_us of each request, in the order of their answers
 * @property {number} wrong answers that were not the right ones
 * @property {number} cpu_us processor time of the whole process
 */

/**
 * Answers each {@link Stint} on standard input, a line of JSON, by a {@link StintReport} once all its requests are
 * answered. A request that fails ends the process. The end of the input ends it too.
 * @param {Client} client
 */
export function takeStints(client) {
  let text = "";
  process.stdin.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      const stint = JSON.parse(text.slice(0, end));
      text = text.slice(end + 1);
      void work(client, stint).then((report) => process.stdout.write(`${JSON.stringify(report)}\n`));
    }
  });
  process.stdin.once("end", () => process.exit());
}

/**
 * @param {Client} client
 * @param {Stint} stint
 * @returns {Promise<StintReport>}
 */
async function work(client, { method, requests, outstanding }) {
  const ask = askAndJudge(client, method);
  /** @type {number[]} */
  const tookUs = [];
  let wrong = 0;
  let asked = 0;
  const cpuBefore = process.cpuUsage();
  const keepAsking = async () => {
    while (asked < requests) {
      asked++;
      const startMs = performance.now();
      const isRight = await ask();
      tookUs.push(Math.round((performance.now() - startMs) * 1000));
      if (!isRight()) wrong++;
    }
  };
  await Promise.all(Array.from({ length: outstanding }, keepAsking));
  const { user, system } = process.cpuUsage(cpuBefore);
  return { took_us: tookUs, wrong, cpu_us: user + system };
}

/**
 * One request, which resolves with whoever judges its answer: the judgement is no part of the time that it took.
 * @param {Client} client
 * @param {Stint["method"]} method
 * @returns {() => Promise<() => boolean>}
 */
function askAndJudge(client, method) {
  switch (method) {
    case "get_block_height":
      return async () => {
        const height = await client.get_block_height();
        return () => height === HEIGHT;
      };
    case "get_raw_block": {
      const expected = blockBytes();
      return async () => {
        const block = await client.get_raw_block(BLOCK_HASH);
        return () => block !== undefined && Buffer.compare(block, expected) === 0;
      };
    }
    case "get_block":
      return async () => {
        const block = await client.get_block?.(BLOCK_HASH);
        return () => block?.transactions.length === BLOCK_TRANSACTIONS;
      };
  }
}
