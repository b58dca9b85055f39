// @ts-check

/**
 * One run of one server, in this process: starts the clients, warms up, measures, checks that every request was answered
 * and every answer right, prints the figures as JSON. Its argument is a {@link Plan} as JSON.
 */

/**
 * @typedef {object} Plan
 * @property {string} server
 * @property {number} clients
 * @property {import("./asking.mjs").Stint["method"]} method
 * @property {number} outstanding requests that each client keeps open
 * @property {number} warmUpRequests of each client
 * @property {number} mostMs about how long is measured, by the rate of the warm-up
 *
 * @typedef {object} AskFigures
 * @property {number} requests that were measured, of all clients
 * @property {number} requests_per_second of all clients together
 * @property {number} p50_ms
 * @property {number} p99_ms
 * @property {number} host_us_per_request processor time of this process
 * @property {number} client_us_per_request
 * @property {number} unanswered
 * @property {number} wrong
 */

/** @type {Plan} */
const plan = JSON.parse(process.argv[2] ?? "{}");
const figures = await run(plan);
process.stdout.write(`${JSON.stringify(figures)}\n`);

/**
 * @param {Plan} plan
 * @returns {Promise<AskFigures>}
 */
async function run({ server, clients, method, outstanding, warmUpRequests, mostMs }) {
  /** @type {{ startServer: import("./servers.mjs").StartServer }} */
  const { startServer } = await import(`./${server}.mjs`);
  const { processes, close } = await startServer({ clients });
  const ask = async (/** @type {number} */ requests) => {
    const stint = JSON.stringify({ method, outstanding, requests });
    const startMs = performance.now();
    /** @type {import("./asking.mjs").StintReport[]} */
    const reports = await Promise.all(processes.map((each) => each.ask(stint)));
    return { reports, elapsedMs: performance.now() - startMs };
  };
  await ask(Math.ceil(warmUpRequests / 2));
  const { elapsedMs: warmUpMs } = await ask(Math.ceil(warmUpRequests / 2));
  const each = Math.max(outstanding, Math.round((warmUpRequests / 2 / warmUpMs) * mostMs));
  const cpuBefore = process.cpuUsage();
  const { reports, elapsedMs } = await ask(each);
  const { user, system } = process.cpuUsage(cpuBefore);
  await close();

  const requests = each * clients;
  const took = Float64Array.from(reports.flatMap(({ took_us }) => took_us)).sort();
  const ms = (/** @type {number} */ share) =>
    /** @type {number} */ (took[Math.ceil(share * took.length) - 1]) / 1000;
  const sum = (/** @type {"wrong" | "cpu_us"} */ key) =>
    reports.reduce((total, report) => total + report[key], 0);
  return {
    requests,
    requests_per_second: (took.length / elapsedMs) * 1000,
    p50_ms: ms(0.5),
    p99_ms: ms(0.99),
    host_us_per_request: (user + system) / requests,
    client_us_per_request: sum("cpu_us") / requests,
    unanswered: requests - took.length,
    wrong: sum("wrong"),
  };
}
