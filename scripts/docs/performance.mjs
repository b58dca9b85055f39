import { fileURLToPath } from "node:url";
import { linearText } from "../../bench/linear.mjs";
import { spreadText } from "../../bench/spread.mjs";
import { runsToQuote } from "../../bench/stored-runs.mjs";
import { code, table } from "./markdown/table.mjs";

const results = fileURLToPath(new URL("../../bench/results", import.meta.url));

export const page = {
  path: "README.md",
  section: "performance",
  source: "bench/results",
  render() {
    const quoted = runsToQuote(results, Object.keys(sections));
    return quoted.length === 0 ? "No run of `npm run bench` is stored." : renderRuns(quoted);
  },
};

/** By scenario, in the README's order. */
const sections = {
  fanout: renderFanout,
  latency: renderLatency,
  publish: renderPublish,
  rpc: renderRpc,
  scale: renderScale,
  start: renderStart,
  chain: renderChain,
};

/** What the README says of stored runs; scenarios that none of them has are left out. */
function renderRuns(quoted) {
  const origins = quoted.map(
    ({ name, run: { machine, scenarios } }) =>
      `${code(`bench/results/${name}`)} (${machine.cores} cores, Node.js ${machine.node.slice(1)}: ${Object.keys(scenarios).join(", ")})`,
  );
  const origin = `From ${origins.join(" and ")}. Each figure is a median (min … max) over interleaved rounds. Compare ratios \
of one run, never absolute rates of different machines.`;
  const scenarios = Object.assign({}, ...quoted.map(({ run }) => run.scenarios));
  const shown = Object.entries(sections).filter(([scenario]) => scenario in scenarios);
  return [origin, ...shown.flatMap(([scenario, render]) => render(scenarios[scenario]))].join("\n\n");
}

function renderFanout({ event, outstanding, warm_up_ms: warmUpMs, rounds, rows, skipped = [], bodies = [] }) {
  const lines = rows.map((row) => [
    row.k,
    nameOf(row.competitor),
    spreadText(row.events_per_second, whole),
    row.ratio === undefined ? "" : spreadText(row.ratio, twoPlaces),
    row.engine_times === undefined ? "" : spreadText(row.engine_times, twoPlaces),
    spreadText(row.publisher_us_per_delivery, twoPlaces),
    row.publisher_ratio === undefined ? "" : spreadText(row.publisher_ratio, twoPlaces),
    row.broker_us_per_delivery === undefined ? "" : twoPlaces(row.broker_us_per_delivery.median),
    spreadText(row.subscriber_us_per_delivery, twoPlaces),
    `${memory(row.publisher_rss_mb)} / ${memory(row.subscriber_rss_mb)}`,
  ]);
  return [
    "### One event to K module processes",
    `Each ${code(event)} to every module, without loss, for all by the same rule: at most ${outstanding} events that the slowest \
module has not confirmed. ${code("ref")} is the least that could be called fan-out: encode once, one raw socket write per module \
and turn, no bookkeeping. ${warmth(warmUpMs)}${rounds} rounds; of ${lostSentence(rows)}.`,
    table(
      [
        "K",
        "",
        "events/s",
        "of `ref`",
        "engine is … times as fast",
        "publisher µs",
        "of `ref`",
        "broker µs",
        "subscriber µs",
        "MB publisher / subscriber",
      ],
      lines,
    ),
    "µs: processor time per event and module; MB: resident size at the end.",
    [
      ...bodies.map(({ competitor, body }) => `- ${nameOf(competitor)}: ${body}.`),
      ...skipped.map(skippedLine),
    ].join("\n"),
  ].filter((part) => part !== "");
}

function skippedLine({ competitor, reason }) {
  return `- ${nameOf(competitor)} was skipped: ${reason}.`;
}

/** What went before a measurement; older runs don't say. */
function warmth(ms) {
  return ms === undefined ? "" : `Measured after ${Math.round(ms / 1000)} s of warm-up. `;
}

function lostSentence(rows) {
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  return `${whole(sum("offered"))} deliveries ${whole(sum("lost"))} were lost`;
}

function renderLatency({
  events_per_second: rate,
  paced_warm_up_events: pacedEvents,
  rounds,
  rows,
  skipped = [],
}) {
  const lines = rows.map((row) => [
    row.k,
    nameOf(row.competitor),
    ...["p50_ms", "p99_ms", "p999_ms", "call_p99_ms"].map((key) =>
      row[key] === undefined ? "" : spreadText(row[key], twoPlaces),
    ),
    row.kept_up ? "" : `reached ${whole(row.events_per_second.median)} events/s`,
  ]);
  return [
    "### Latency",
    `Until the module's handler has an event, at ${whole(rate)} events/s, in milliseconds, counted from the tick of a \
millisecond in which it fell due: one that waits while those before it are published waits because of whoever publishes. The \
last column counts from the event's own call of ${code("publish")}, which hides that. A tick or call more than 2 ms late \
counts from 2 ms after its time; what makes it later by less, such as work that a publisher puts off, is in no column. \
${warmth(pacedEvents === undefined ? undefined : (pacedEvents / rate) * 1000)}${rounds} rounds.`,
    table(["K", "", "p50", "p99", "p99.9", "p99 from its call", ""], lines),
    skipped.map(skippedLine).join("\n"),
  ].filter((part) => part !== "");
}

function renderPublish({ events_per_second: rate, events_per_run: events, rounds, goal_us: goalUs, rows }) {
  const lines = rows.map((row) => [
    row.modules,
    row.stopped,
    ...["p50_us", "p99_us", "max_us", "call_p99_us"].map((key) =>
      row[key] === undefined ? "" : spreadText(row[key], whole),
    ),
  ]);
  return [
    "### The publisher never waits",
    `From one call of ${code("publish")} until every module has taken the event or dropped it, in microseconds at ${whole(rate)} events/s, ${rounds} rounds of ${whole(events)}; some modules are \
stopped by SIGSTOP, their windows and channels full. The goal is a p99 below ${whole(goalUs)}. The call alone is shorter: modules take what was published together when the \
code that publishes is through.`,
    table(["modules", "stopped", "p50", "p99", "max", "p99 of the call alone"], lines),
  ];
}

function renderRpc({ rounds, rows, skipped = [], bodies = [] }) {
  const lines = rows.map((row) => [
    code(row.method),
    row.k,
    serverName(row.competitor),
    spreadText(row.requests_per_second, whole),
    row.engine_times === undefined ? "" : spreadText(row.engine_times, twoPlaces),
    spreadText(row.p50_ms, twoPlaces),
    spreadText(row.p99_ms, twoPlaces),
    spreadText(row.host_us_per_request, whole),
  ]);
  const sum = (key) => whole(rows.reduce((total, row) => total + row[key], 0));
  const open = new Map(rows.map(({ method, outstanding }) => [method, outstanding]));
  const opened = [...open].map(([method, outstanding]) => `${outstanding} of ${code(method)}`).join(", ");
  return [
    "### Requests of K module processes",
    `Every client keeps the same number of requests open, whoever answers: ${opened}. The raw block is the same million bytes from \
each; ${code("get_block")} is that block parsed, which only this engine does. ${rounds} rounds; of ${sum("requests")} requests \
${sum("lost")} were not answered and ${sum("wrong")} wrongly.`,
    table(["", "K", "", "requests/s", "engine is … times as fast", "p50 ms", "p99 ms", "host µs"], lines),
    "host µs: processor time of the host for a request.",
    [
      ...bodies.map(({ competitor, body }) => `- ${serverName(competitor)}: ${body}.`),
      ...skipped.map(({ competitor, reason }) => `- ${serverName(competitor)} was skipped: ${reason}.`),
    ].join("\n"),
  ];
}

/** Calls of one answer each, where fan-out has streams. */
function serverName(competitor) {
  return competitor === "grpc" ? "gRPC" : nameOf(competitor);
}

function renderScale({ rows }) {
  const lines = rows.map((row) => [
    row.modules,
    row.types,
    spreadText(row.publisher_us_per_delivery, twoPlaces),
    spreadText(row.subscriber_us_per_delivery, twoPlaces),
  ]);
  return [
    "### Scale",
    `Processor time per delivery, in microseconds. It is linear with modules (${linearText(rows, "modules")}) and with event types \
(${linearText(rows, "types")}).`,
    table(["modules", "event types", "publisher", "subscriber"], lines),
  ];
}

function renderStart({ rows, sandbox }) {
  return [
    "### Start",
    table(
      ["", "ms"],
      rows.map(({ what, ms }) => [what, spreadText(ms, whole)]),
    ),
    ...(sandbox === undefined ? [] : renderSandbox(sandbox)),
  ];
}

function renderChain({ rows, rounds, transactions }) {
  const lines = rows.map(({ what, spread, digits }) => [
    what,
    spreadText(spread, (value) => value.toFixed(digits)),
  ]);
  return [
    "### Chain sources",
    `Mainnet block 413567 with its ${transactions} transactions, and the regtest chain inside the host; ${rounds} rounds.`,
    table(["", ""], lines),
  ];
}

function renderSandbox({ rows, crowd, goals, enforced, beyond_pss_kib: pss, beyond_rss_kib: rss }) {
  const ways = { plain: "without a sandbox", sandboxed: "**in the sandbox**" };
  const lines = rows.map(({ way, starts, first_byte_p50_ms: p50, first_byte_p95_ms: p95, crowd_ms: all }) => [
    ways[way],
    whole(p50),
    whole(p95),
    spreadText(all, whole),
    starts,
  ]);
  const held =
    enforced.length === 0 ? "no layer was proven to hold" : `layers that held: ${enforced.join(", ")}`;
  return [
    `From the request to start a module to its first byte, in milliseconds; ${held}. The goals are a p95 below ${goals.first_byte_p95_ms}, \
${crowd} modules at once below ${whole(goals.crowd_ms)}, and at most ${whole(goals.beyond_kib)} KiB beside each module: the sandbox's own \
processes take ${spreadText(pss, whole)} KiB (proportional set size; ${spreadText(rss, whole)} resident, shared pages counted each time).`,
    table(["", "p50", "p95", `last of ${crowd} at once`, "starts"], lines),
  ];
}

const titles = new Map([
  ["engine", "**this engine**"],
  ["ref", "`ref`"],
  ["nats", "NATS core"],
  ["zeromq", "ZeroMQ"],
  ["redis", "Redis pub/sub"],
  ["grpc", "gRPC streaming"],
  ["http", "HTTP keep-alive"],
  ["child-process", "`child_process` IPC"],
  ["rxjs", "naive RxJS"],
]);

function nameOf(competitor) {
  return titles.get(competitor) ?? competitor;
}

function whole(value) {
  return Math.round(value).toLocaleString("en");
}

function twoPlaces(value) {
  return value.toFixed(2);
}

function memory({ median }) {
  return median.toFixed(0);
}
