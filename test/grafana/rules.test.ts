import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { metricLineNames } from "../../src/metrics/index.js";
import { metricsIn } from "../kit/metrics-in.js";
import { grafanaDir, promtool } from "../kit/promtool.js";
import { isMissing } from "../kit/tool.js";

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface PromtoolTest {
  readonly name: string;
  readonly alert_rule_test: readonly {
    readonly alertname: string;
    readonly exp_alerts: readonly unknown[];
  }[];
}

const yamlFiles = (folder: string) =>
  readdirSync(join(grafanaDir, folder))
    .filter((file) => file.endsWith(".yml"))
    .map((file) => join(folder, file));
const read = (file: string): unknown => parse(readFileSync(join(grafanaDir, file), "utf8"));

const ruleFiles = yamlFiles("rules");
const testFiles = yamlFiles("rules/tests");
const rules = ruleFiles.flatMap((file) =>
  (read(file) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules),
);
const alerts = rules.flatMap((rule) => (rule.alert === undefined ? [] : [{ ...rule, alert: rule.alert }]));
const recorded = new Set(rules.flatMap(({ record }) => record ?? []));

const isKnown = (name: string) =>
  name === "up" || metricLineNames().has(name) || recorded.has(name) || /^(process|nodejs)_/.test(name);

describe("metricsIn", () => {
  it("finds the names of an expression and nothing else", () => {
    const expr =
      'sum by (job, module_x) (rate(a_b_total{c_d="e_f"}[5m])) / (g:h:i > 0) unless on (j_k) l_m\n# n_o\nor up';
    expect(metricsIn(expr)).toEqual(["a_b_total", "g:h:i", "l_m", "up"]);
  });
});

describe("the rules", () => {
  it("name metrics of the catalogue, of the process, or recorded ones only", () => {
    const strangers = rules.flatMap(({ expr }) => metricsIn(expr).filter((name) => !isKnown(name)));
    expect(rules.every(({ expr }) => metricsIn(expr).length > 0)).toBe(true);
    expect(strangers).toEqual([]);
  });

  it("have the alerts that the design asks for", () => {
    const asked = ["ModuleDown", "ModuleCrashLoop", "EventsDropped", "CriticalEventDropped", "QueueNearFull"]
      .concat(["DeliverySlow", "NoBlocks", "PermissionDenied", "IpcProtocolErrors", "HostEventLoopLag"])
      .concat(["ModuleUnresponsive", "GapsTold"]);
    expect(alerts.map(({ alert }) => alert)).toEqual(
      expect.arrayContaining(asked.map((name) => `Blvm${name}`)),
    );
  });

  it("say of each alert how bad it is, why its threshold is what it is, and where the runbook has it, with metrics that exist", () => {
    const page = readFileSync(fileURLToPath(new URL("../../docs/alerts.md", import.meta.url)), "utf8");
    const sections = new Map(
      page
        .split(/^## /m)
        .slice(1)
        .map((section) => [section.slice(0, section.indexOf("\n")), section] as const),
    );
    expect([...sections.keys()]).toEqual(alerts.map(({ alert }) => alert));
    for (const { alert, labels, annotations } of alerts) {
      expect(["page", "ticket"], alert).toContain(labels?.severity);
      expect(annotations?.threshold?.length, alert).toBeGreaterThan(40);
      expect(annotations?.runbook_url).toBe(`docs/alerts.md#${alert.toLowerCase()}`);
      for (const part of ["**Meaning.**", "**Look at.**", "**Do.**"]) {
        expect(sections.get(alert), `${part} of ${alert}`).toContain(part);
      }
    }
    const spoken = [...page.replaceAll("\n", " ").matchAll(/`([^`]*)`/g)].flatMap(([, text = ""]) =>
      metricsIn(text).filter((name) => /^blvm_|:blvm_|^(process|nodejs)_/.test(name)),
    );
    expect(spoken.length).toBeGreaterThan(15);
    expect(spoken.filter((name) => !isKnown(name))).toEqual([]);
    const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
    const anchors = alerts.map(({ alert }) => alert.toLowerCase());
    expect(links.filter((link) => !anchors.includes(link ?? ""))).toEqual([]);
  });

  it("are tested: each alert fires once and stays silent once", () => {
    const tests = testFiles.flatMap((file) => (read(file) as { tests: PromtoolTest[] }).tests);
    const outcomes = tests.flatMap(({ alert_rule_test }) =>
      alert_rule_test.map(({ alertname, exp_alerts }) => `${alertname} ${exp_alerts.length > 0}`),
    );
    expect(outcomes.sort()).toEqual(
      alerts.flatMap(({ alert }) => [`${alert} false`, `${alert} true`]).sort(),
    );
  });
});

describe.skipIf(isMissing("promtool", "prometheus"))("promtool", () => {
  it("accepts the rules and the configuration of a stock Prometheus", async () => {
    const checked = await promtool(["check", "rules", ...ruleFiles]);
    expect(checked.code, checked.output).toBe(0);
    const config = await promtool(["check", "config", "prometheus.yml"]);
    expect(config.code, config.output).toBe(0);
    expect(config.output).toContain(`${ruleFiles.length} rule files found`);
  });

  it("sees each alert fire where it should and stay silent where it should", async () => {
    const { code, output } = await promtool(["test", "rules", ...testFiles]);
    expect(code, output).toBe(0);
    expect(output.match(/SUCCESS/g)).toHaveLength(testFiles.length);
  });
});
