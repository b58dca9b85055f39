import { loadBoards } from "./files/load-boards.mjs";
import { code, table } from "./markdown/table.mjs";

/** docs/dashboards.md: how the boards get into a stock Grafana, and what each of their panels means. */
export const page = {
  path: "docs/dashboards.md",
  source: "scripts/grafana",
  async render() {
    const { annotations, boards } = await loadBoards();
    return [
      "# Dashboards",
      INTRODUCTION,
      "## Setting them up",
      SET_UP,
      "## What stands at the top",
      TOP,
      table(
        ["mark", "meaning"],
        annotations.map(({ name, description }) => [name, description]),
      ),
      ...boards.flatMap(boardSection),
    ].join("\n\n");
  },
};

function boardSection({ uid, title, description, variables, rows }) {
  const names = variables.map(({ name }) => code(name)).join(", ");
  return [
    `## ${heading(title)}`,
    `${description}\n\nFile: [${uid}.json](../grafana/dashboards/${uid}.json). Choices: ${names}.`,
    ...rows.flatMap((row) => [
      `### ${row.title}`,
      table(["panel", "unit", "meaning", "alerts"], row.panels.map(panelRow)),
    ]),
  ];
}

function heading(title) {
  const words = title.slice(title.indexOf(": ") + 2);
  return words[0].toUpperCase() + words.slice(1);
}

function panelRow({ title, unit, description, alerts = [] }) {
  const links = alerts.map((name) => `[${name}](alerts.md#${name.toLowerCase()})`).join(", ");
  return [title, UNITS[unit], description, links];
}

const UNITS = {
  Bps: "bytes/s",
  bytes: "bytes",
  cps: "frames/s",
  eps: "events/s",
  none: "",
  percentunit: "%",
  reqps: "requests/s",
  s: "seconds",
  short: "count",
};

const INTRODUCTION = `\
Four boards for Grafana, in [grafana/dashboards](../grafana/dashboards). Begin with *event delivery*: its first row says
whether anything is wrong, the rows below say where, and a click on a module's line leads to that module. Where an alert
looks at the same numbers, its threshold is drawn, and [alerts.md](alerts.md) says what to do. The metrics behind them are
in [metrics.md](metrics.md).`;

const SET_UP = `\
They need nothing but a stock Prometheus (2.42 or newer) and a stock Grafana. The paths are those of the distributions'
packages; on other machines only they differ.

\`\`\`sh
# Prometheus: scrapes the host at 127.0.0.1:9332 every 5 seconds, and evaluates the rules
mkdir -p /etc/prometheus/rules
cp grafana/prometheus.yml /etc/prometheus/
cp grafana/rules/*.yml /etc/prometheus/rules/
systemctl restart prometheus

# Grafana: the data source, the boards, and where they are
cp -r grafana/provisioning/. /etc/grafana/provisioning/
mkdir -p /var/lib/grafana/dashboards/blvm-streams
cp grafana/dashboards/*.json /var/lib/grafana/dashboards/blvm-streams/
systemctl restart grafana-server
\`\`\`

The first command replaces the configuration of a Prometheus that has one already: take over \`rule_files\` and the job
\`blvm-streams\` instead, under that name, for rules and boards ask for it. A host on another machine or port is one more line
under \`targets\`. Prometheus elsewhere is another \`url\` in
[provisioning/datasources](../grafana/provisioning/datasources/blvm-streams.yml); one that Grafana knows already is chosen at
the top of each board, and that file isn't needed. With another \`scrape_interval\` change \`timeInterval\` there as well:
Grafana's rates follow from it.

Some panels and all thresholds use the recording rules of [grafana/rules](../grafana/rules/recording.yml): without them those
panels stay empty. To see whether everything works, open \`http://127.0.0.1:9090/targets\`: \`blvm-streams\` is up.

The boards are made from \`scripts/grafana\` by \`npm run docs\`. Changes in the browser are saved as copies; an update of the
boards is a copy of the files again.`;

const TOP = `\
One host at a time is shown (*Host*), for two hosts' modules and heights have nothing to do with each other. *Module* and
*Event type* narrow what is shown; panels that don't tell event types apart show all of them. *Stream* is on the streams'
board. Time and host stay when you go from one board to another.

Marks on the axis of time:`;

export { refreshDashboards as refreshFiles } from "../dashboards.mjs";
