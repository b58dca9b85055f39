// @ts-check

/**
 * What a subscriber counted since its start.
 * @typedef {object} TallyReport
 * @property {number} events
 * @property {number} outOfOrder events that did not follow the one before
 * @property {number} cpuUs processor time of the whole process
 * @property {number} rssBytes
 */

/**
 * Counts the events of one subscriber process. The line `report` on standard input is answered by a
 * {@link TallyReport} as JSON on standard output, `arrivals` by the time of each event; the end of the input ends the
 * process. With `ARRIVALS` in the environment the first so many times are kept: nanoseconds of the system's monotonic
 * clock, which all processes share.
 * @returns {(seq: number) => void} to be called with each event
 */
export function startTally() {
  let events = 0;
  let outOfOrder = 0;
  let lastSeq = 0;
  const arrivals = new Float64Array(Number(process.env.ARRIVALS ?? 0));
  const answer = (/** @type {string} */ question) => {
    if (question === "arrivals") return [...arrivals.subarray(0, events)];
    const { user, system } = process.cpuUsage();
    return { events, outOfOrder, cpuUs: user + system, rssBytes: process.memoryUsage.rss() };
  };
  process.stdin.setEncoding("utf8").on("data", (lines) => {
    for (const question of String(lines).split("\n").slice(0, -1)) {
      process.stdout.write(`${JSON.stringify(answer(question))}\n`);
    }
  });
  process.stdin.once("end", () => process.exit());
  const count = (/** @type {number} */ seq) => {
    if (events > 0 && seq !== lastSeq + 1) outOfOrder++;
    lastSeq = seq;
    events++;
  };
  if (arrivals.length === 0) return count;
  return (seq) => {
    arrivals[events] = Number(process.hrtime.bigint());
    count(seq);
  };
}
