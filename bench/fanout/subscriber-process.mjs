// @ts-check
import { spawn } from "node:child_process";
import { Duplex } from "node:stream";

/** @typedef {import("./tally.mjs").TallyReport} TallyReport */

/**
 * One module process as its publisher sees it.
 * @typedef {object} SubscriberProcess
 * @property {import("node:child_process").ChildProcess} child
 * @property {Duplex} channel the publisher's end of the child's descriptor 3
 * @property {Promise<void>} ended resolves when the child is gone
 * @property {(question: string) => Promise<any>} ask writes a line to the child and resolves with the line that it answers
 * @property {() => Promise<TallyReport>} report what the child has counted until now
 * @property {() => Promise<number[]>} arrivals when each event came, where `ARRIVALS` asks for it
 * @property {() => Promise<void>} close ends the child and waits for its end
 */

/**
 * Starts a Node.js program that answers each line of its standard input with a line of JSON, as those do that use
 * {@link import("./tally.mjs").startTally}.
 * @param {string} script
 * @param {Record<string, string>} environment all of it, but for `ARRIVALS`, which is handed on
 * @param {{ hasIpc?: boolean }} [options] `hasIpc`: with Node's own channel between parent and child
 * @returns {SubscriberProcess}
 */
export function startSubscriber(script, environment, { hasIpc = false } = {}) {
  const { ARRIVALS } = process.env;
  const child = spawn(process.execPath, [...process.execArgv, script], {
    env: ARRIVALS === undefined ? environment : { ...environment, ARRIVALS },
    stdio: ["pipe", "pipe", "inherit", "pipe", ...(hasIpc ? /** @type {const} */ (["ipc"]) : [])],
  });
  const ended = new Promise((/** @type {(value?: undefined) => void} */ resolve) =>
    child.once("exit", () => resolve()),
  );
  const channel = child.stdio[3];
  if (!(channel instanceof Duplex) || child.stdout === null || child.stdin === null) {
    throw new TypeError("the runtime opened no duplex pipe for descriptor 3");
  }
  const { stdin, stdout } = child;
  /** @type {((answer: any) => void)[]} */
  const askers = [];
  let text = "";
  stdout.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      askers.shift()?.(JSON.parse(text.slice(0, end)));
      text = text.slice(end + 1);
    }
  });
  const ask = (/** @type {string} */ question) =>
    new Promise((resolve, reject) => {
      void ended.then(() => reject(new Error(`a subscriber (${script}) ended before it was asked to`)));
      askers.push(resolve);
      stdin.write(`${question}\n`);
    });
  return {
    child,
    channel,
    ended,
    ask,
    report: () => ask("report"),
    arrivals: () => ask("arrivals"),
    close: async () => {
      stdin.end();
      await ended;
    },
  };
}
