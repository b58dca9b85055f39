import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { boards } from "../../scripts/grafana/boards.js";
import { buildBoard } from "../../scripts/grafana/build-board.js";
import { metricCatalogue, metricLineNames } from "../../src/metrics/index.js";
import {
  chosen,
  type DashboardFile,
  type DashboardPanel,
  dashboardFiles,
  expressionsOf,
} from "../kit/dashboards.js";
import { metricsIn } from "../kit/metrics-in.js";
import { grafanaDir, promtool } from "../kit/promtool.js";
import { isMissing } from "../kit/tool.js";

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
}

const readYaml = (file: string): unknown => parse(readFileSync(join(grafanaDir, file), "utf8"));
const rulesOf = (file: string) =>
  (readYaml(`rules/${file}`) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules);

const files = dashboardFiles();
const dashboards = [...files.values()];
const expressions = dashboards.flatMap(expressionsOf);
/** Without the headings of rows. */
const panels = dashboards.flatMap((board) =>
  board.panels.flatMap((panel) =>
    panel.type === "row" ? [] : [{ ...panel, name: `${board.uid}: ${panel.title}` }],
  ),
);
const recorded = new Map(rulesOf("recording.yml").map(({ record = "", expr }) => [record, expr]));
/** What Prometheus itself adds. */
const ofPrometheus = ["up", "ALERTS", "scrape_duration_seconds"];
const choice = { instance: "h:1", module: ".+", event_type: ".+", pipeline: ".+" };
const times = { __rate_interval: "1m", __range: "1h" };

/** The metrics behind an expression; what a rule recorded stands for the metrics of that rule. */
function metricsBehind(expr: string): string[] {
  return metricsIn(expr).flatMap((name) => {
    const rule = recorded.get(name);
    return rule === undefined ? [name] : metricsBehind(rule);
  });
}

function stepsOf({ fieldConfig }: DashboardPanel): (number | null)[] {
  const { defaults, overrides = [] } = fieldConfig ?? {};
  const own = overrides.flatMap(({ properties }) =>
    properties.flatMap(({ id, value }) =>
      id === "thresholds" ? (value as { steps: { value: number | null }[] }).steps : [],
    ),
  );
  return [...(defaults?.thresholds?.steps ?? []), ...own].map(({ value }) => value);
}

/** Whether something in it turns red. */
function canBeRed({ fieldConfig }: DashboardPanel): boolean {
  return /"(?:color|fixedColor)":"(?:red|orange)"/.test(JSON.stringify(fieldConfig));
}

describe("the dashboards", () => {
  it("are what scripts/grafana makes of the boards, and make no other file", () => {
    expect([...files.keys()].sort()).toEqual(boards.map(({ uid }) => `${uid}.json`).sort());
    for (const board of boards) {
      const text = readFileSync(join(grafanaDir, "dashboards", `${board.uid}.json`), "utf8");
      expect(text).toBe(`${JSON.stringify(buildBoard(board, boards), null, 2)}\n`);
      expect(text).not.toMatch(/\d{4}-\d\d-\d\d/);
    }
  });

  it("name metrics of the catalogue, of the process, of Prometheus, or recorded ones only", () => {
    const known = (name: string) =>
      ofPrometheus.includes(name) ||
      metricLineNames().has(name) ||
      recorded.has(name) ||
      /^(process|nodejs)_/.test(name);
    const plain = expressions.map((each) => ({ ...each, expr: chosen(each.expr, { ...choice, ...times }) }));
    expect(plain.filter(({ expr }) => metricsIn(expr).length === 0)).toEqual([]);
    expect(plain.flatMap(({ expr }) => metricsIn(expr).filter((name) => !known(name)))).toEqual([]);
    const asked = dashboards.flatMap(({ templating }) => templating.list.map(({ query }) => query));
    const names = asked.flatMap((query) => /^label_values\((\w+)/.exec(query)?.[1] ?? []);
    expect(names.filter((name) => !known(name))).toEqual([]);
    expect(names).toHaveLength(asked.length - dashboards.length);
  });

  it("show every metric of the catalogue, and those of delivery on the board to begin with", () => {
    const shownBy = (some: readonly DashboardFile[]) =>
      new Set(
        some
          .flatMap(expressionsOf)
          .flatMap(({ expr }) => metricsBehind(chosen(expr, { ...choice, ...times })))
          .map((name) => name.replace(/_(?:bucket|sum|count)$/, "")),
      );
    const shown = shownBy(dashboards);
    expect(Object.keys(metricCatalogue).filter((name) => !shown.has(name))).toEqual([]);
    const first = shownBy(dashboards.filter(({ uid }) => uid === "blvm-delivery"));
    const ofDelivery = Object.entries(metricCatalogue).flatMap(([name, { owner }]) =>
      owner === "bus" ? [name] : [],
    );
    expect(ofDelivery.length).toBeGreaterThan(20);
    expect(ofDelivery.filter((name) => !first.has(name))).toEqual([]);
  });

  it("ask about the chosen host only, and use what can be chosen on their board only", () => {
    for (const { uid, templating, ...board } of dashboards) {
      const names = templating.list.map(({ name }) => name).concat(Object.keys(times));
      for (const { expr, title } of expressionsOf({ uid, templating, ...board })) {
        const used = [...expr.matchAll(/\$(\w+)/g)].map(([, name = ""]) => name);
        expect(names, `${uid}: ${title}`).toEqual(expect.arrayContaining(used));
        for (const name of metricsIn(expr.replaceAll(/\$\w+/g, "1m"))) {
          const selectors = [...expr.matchAll(new RegExp(`(?<![\\w:])${name}(?![\\w:])(\\{[^}]*\\})?`, "g"))];
          expect(selectors.length, name).toBeGreaterThan(0);
          for (const [, braces] of selectors)
            expect(braces, `${title}: ${expr}`).toContain('instance="$instance"');
        }
      }
    }
  });

  it("show counters as rates and increases, never as the sums that they are", () => {
    const raw = expressions.flatMap(({ title, expr }) =>
      [...expr.matchAll(/(\w+\()?\b(blvm_\w+_total|process_cpu_seconds_total)\{/g)]
        .filter(([, before]) => before !== "rate(" && before !== "increase(")
        .map(([, , name]) => `${title}: ${name}`),
    );
    expect(raw).toEqual([]);
  });

  it("say of each panel what it means, in which unit, and how its lines are called", () => {
    const units = ["Bps", "bytes", "cps", "eps", "none", "percentunit", "reqps", "s", "short"];
    for (const { name, description = "", fieldConfig, targets } of panels) {
      expect(description.length, name).toBeGreaterThan(40);
      expect(units, name).toContain(fieldConfig?.defaults.unit);
      expect(targets.length, name).toBeGreaterThan(0);
      for (const { legendFormat } of targets) expect(legendFormat, name).not.toBe("");
      expect(new Set(targets.map(({ refId }) => refId)).size, name).toBe(targets.length);
    }
    for (const { uid, panels: own } of dashboards) {
      const titles = own.map(({ title }) => title);
      expect(
        titles.filter((title, index) => titles.indexOf(title) !== index),
        uid,
      ).toEqual([]);
    }
  });

  it("show seconds, bytes and shares in their own units", () => {
    for (const { name, targets, fieldConfig } of panels) {
      const unit = fieldConfig?.defaults.unit;
      for (const { expr } of targets) {
        const last = metricsIn(expr.replaceAll(/\$\w+/g, "1m")).at(-1) ?? "";
        if (/_bytes$/.test(last)) expect(unit, name).toBe("bytes");
        if (/:ratio/.test(last)) expect(unit, name).toBe("percentunit");
        if (/_seconds(?:_bucket|_count)?$|seconds:p\d|:seconds$/.test(last)) expect(unit, name).toBe("s");
        if (/_ipc_bytes_total$/.test(last)) expect(unit, name).toBe("Bps");
      }
    }
  });

  it("draw the threshold of each alert, or paint red what it watches", () => {
    const alerts = rulesOf("alerts.yml").filter(({ alert }) => alert !== undefined);
    const named = panels.map((panel) => ({
      panel,
      names: /^Alerts?: (.+) \(docs\/alerts\.md\)\.$/m.exec(panel.description ?? "")?.[1]?.split(", ") ?? [],
    }));
    const known = new Set(alerts.map(({ alert }) => alert));
    expect(named.flatMap(({ names }) => names.filter((name) => !known.has(name)))).toEqual([]);
    for (const { alert = "", expr } of alerts) {
      const own = named.filter(({ names }) => names.includes(alert)).map(({ panel }) => panel);
      const bound = Number(/> ([\d.]+)\s*$/.exec(expr)?.[1] ?? 0);
      expect(own.length, alert).toBeGreaterThan(0);
      const drawn = own.map(stepsOf).filter((steps) => steps.length > 0);
      if (bound > 0) expect(drawn.length, alert).toBeGreaterThan(0);
      if (bound > 0) for (const steps of drawn) expect(steps, alert).toContain(bound);
      expect(own.some(canBeRed), alert).toBe(true);
    }
  });

  it("lay their panels out side by side: none on another, no hole, no line that is too long", () => {
    for (const { uid, panels: own } of dashboards) {
      const taken = new Map<string, string>();
      for (const { title, gridPos } of own) {
        const { x, y, w, h } = gridPos;
        expect(x + w, `${uid}: ${title}`).toBeLessThanOrEqual(24);
        for (let column = x; column < x + w; column++) {
          for (let line = y; line < y + h; line++) {
            const cell = `${column},${line}`;
            if (taken.has(cell)) throw new Error(`${uid}: ${title} lies on ${taken.get(cell)} at ${cell}`);
            taken.set(cell, title);
          }
        }
      }
      const height = Math.max(...own.map(({ gridPos }) => gridPos.y + gridPos.h));
      expect(taken.size, uid).toBe(24 * height);
      expect(own.map(({ id }) => id)).toEqual(own.map((_, index) => index + 1));
    }
  });

  it("lead to each other, with the host and the time that were chosen", () => {
    const uids = dashboards.map(({ uid }) => uid);
    for (const { uid, links } of dashboards) {
      const targets = links.map(({ url }) => /^\/d\/([\w-]+)\?/.exec(url)?.[1]);
      expect(targets.sort()).toEqual(uids.filter((other) => other !== uid).sort());
      for (const { url } of links) expect(url).toMatch(/[?&]\$\{instance:queryparam\}/);
    }
    const toModule = panels.flatMap(({ fieldConfig }) => fieldConfig?.defaults.links ?? []);
    expect(toModule.length).toBeGreaterThan(15);
    for (const { url } of toModule)
      expect(url).toMatch(/^\/d\/blvm-module\?var-module=\$\{__field\.labels\.module\}&/);
  });

  it("mark restarts, changes of the configuration, and reorganisations", () => {
    for (const { uid, annotations } of dashboards) {
      const names = annotations.list.map(({ name }) => name);
      expect(names, uid).toEqual(["Module restarts", "Host restarts", "Configuration", "Reorganisations"]);
      // Grafana marks where the value is 1.
      for (const { expr } of annotations.list) expect(expr).toMatch(/> bool 0$/);
    }
  });
});

describe("the provisioning", () => {
  it("points Grafana at the Prometheus of prometheus.yml, with its interval, and at the boards' folder", () => {
    const { datasources } = readYaml("provisioning/datasources/blvm-streams.yml") as {
      datasources: { type: string; url: string; jsonData: { timeInterval: string } }[];
    };
    const { global } = readYaml("prometheus.yml") as { global: { scrape_interval: string } };
    expect(datasources).toHaveLength(1);
    expect(datasources[0]).toMatchObject({ type: "prometheus", url: "http://127.0.0.1:9090" });
    expect(datasources[0]?.jsonData.timeInterval).toBe(global.scrape_interval);
    const { providers } = readYaml("provisioning/dashboards/blvm-streams.yml") as {
      providers: { type: string; options: { path: string } }[];
    };
    expect(providers).toMatchObject([{ type: "file" }]);
    const page = readFileSync(fileURLToPath(new URL("../../docs/dashboards.md", import.meta.url)), "utf8");
    expect(page).toContain(providers[0]?.options.path);
  });
});

describe.skipIf(isMissing("promtool", "prometheus"))("promtool", () => {
  it("can read every expression of every panel", async () => {
    const folder = mkdtempSync(join(tmpdir(), "blvm-test-"));
    try {
      const rules = expressions.map(({ expr }, index) => ({
        record: `expression:${index}`,
        expr: chosen(expr, { ...choice, ...times }),
      }));
      expect(rules.length).toBeGreaterThan(100);
      const file = join(folder, "expressions.yml");
      writeFileSync(file, stringify({ groups: [{ name: "expressions", rules }] }));
      const { code, output } = await promtool(["check", "rules", file]);
      expect(code, output).toBe(0);
      expect(output).toContain(`${rules.length} rules found`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
