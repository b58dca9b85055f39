import { metricCatalogue } from "../../dist/metrics/index.js";
import { code, table } from "./markdown/table.mjs";

export const page = {
  path: "docs/metrics.md",
  source: "src/metrics/catalogue.ts",
  render() {
    const rows = Object.entries(metricCatalogue).map(([name, { type, labels, unit, help, owner }]) => [
      code(name),
      type,
      labels.map(code).join(", "),
      unit ?? "",
      help,
      owner,
    ]);
    return [
      "# Metrics",
      INTRODUCTION,
      table(["metric", "type", "labels", "unit", "meaning", "owner"], rows),
    ].join("\n\n");
  },
};

const INTRODUCTION = `\
Served at \`/metrics\` in the Prometheus text format, read from plain integers at scrape. Beside these come the defaults of
prom-client (\`process_*\`, \`nodejs_*\`). For every module and event type, within one scrape:
\`matched = delivered + dropped + failed + filtered + queue_depth + in_flight\`. Counters survive a module's death and a
reset of its statistics. Beyond 64 modules the label \`module\` is \`other\`.

[grafana/rules](../grafana/rules) holds recording rules and alerts on these, [grafana/prometheus.yml](../grafana/prometheus.yml)
the configuration of a stock Prometheus that loads them, [alerts.md](alerts.md) says of each alert what to do, and [dashboards.md](dashboards.md) shows them all in Grafana.
Counters that are labelled by module and event type, by permission, or by reason are there from 0 on, so that \`rate()\` and
\`increase()\` see their first count; those by method appear with a module's first request of it.`;
