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
 * Counts the events of one subscriber process. Each line on standard input is answered by a {@link TallyReport} as
 * JSON on standard output; the end of the input ends the process.
 * @returns {(seq: number) => void} to be called with each event
 */
export function startTally() {
  let events = 0;
  let outOfOrder = 0;
  let lastSeq = 0;
  process.stdin.setEncoding("utf8").on("data", (lines) => {
    for (let n = 1; n < String(lines).split("\n").length; n++) {
      const { user, system } = process.cpuUsage();
      const report = { events, outOfOrder, cpuUs: user + system, rssBytes: process.memoryUsage.rss() };
      process.stdout.write(`${JSON.stringify(report)}\n`);
    }
  });
  process.stdin.once("end", () => process.exit());
  return (seq) => {
    if (events > 0 && seq !== lastSeq + 1) outOfOrder++;
    lastSeq = seq;
    events++;
  };
}
