import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { grafanaDir } from "./promtool.js";

const colour = z.object({ mode: z.string(), fixedColor: z.string().optional() });
const steps = z.object({ steps: z.array(z.object({ value: z.number().nullable(), color: z.string() })) });
const panel = z.object({
  id: z.int(),
  type: z.string(),
  title: z.string(),
  description: z.string().optional(),
  gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
  targets: z.array(z.object({ refId: z.string(), expr: z.string(), legendFormat: z.string() })).default([]),
  fieldConfig: z
    .object({
      defaults: z.object({
        unit: z.string().optional(),
        color: colour.optional(),
        thresholds: steps.optional(),
        links: z.array(z.object({ title: z.string(), url: z.string() })).optional(),
        mappings: z
          .array(z.object({ options: z.record(z.string(), z.object({ color: z.string() })) }))
          .optional(),
      }),
      overrides: z.array(z.object({ properties: z.array(z.object({ id: z.string(), value: z.unknown() })) })),
    })
    .optional(),
});
const dashboard = z.object({
  uid: z.string(),
  id: z.null().optional(),
  version: z.undefined().optional(),
  title: z.string(),
  description: z.string(),
  links: z.array(z.object({ title: z.string(), url: z.string() })),
  templating: z.object({ list: z.array(z.object({ name: z.string(), query: z.string() })) }),
  annotations: z.object({ list: z.array(z.object({ name: z.string(), expr: z.string() })) }),
  panels: z.array(panel),
});

export type DashboardFile = z.output<typeof dashboard>;
export type DashboardPanel = z.output<typeof panel>;

/** An expression of a board, and where it stands. */
export interface BoardExpression {
  readonly board: string;
  readonly title: string;
  readonly legend: string;
  readonly expr: string;
}

/** The boards as Grafana reads them, by the names of their files. */
export function dashboardFiles(): ReadonlyMap<string, DashboardFile> {
  const folder = join(grafanaDir, "dashboards");
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return new Map(
    names.map((name) => [name, dashboard.parse(JSON.parse(readFileSync(join(folder, name), "utf8")))]),
  );
}

/** What a board asks Prometheus: its panels' expressions, and those of the marks on its axis of time. */
export function expressionsOf({ uid, panels, annotations }: DashboardFile): readonly BoardExpression[] {
  return [
    ...panels.flatMap(({ title, targets }) =>
      targets.map(({ expr, legendFormat }) => ({ board: uid, title, legend: legendFormat, expr })),
    ),
    ...annotations.list.map(({ name, expr }) => ({ board: uid, title: name, legend: "mark", expr })),
  ];
}

/** The expression as Grafana asks it: with what a viewer chose in the place of the variables. */
export function chosen(expr: string, choice: Readonly<Record<string, string>>): string {
  return expr.replaceAll(/\$(\w+)/g, (_, name: string) => {
    const value = choice[name];
    if (value === undefined) throw new Error(`nothing was chosen for $${name} of ${expr}`);
    return value;
  });
}
