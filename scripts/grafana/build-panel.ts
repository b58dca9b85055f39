import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  BigValueColorMode,
  BigValueGraphMode,
  type DataSourceRef,
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  DashboardLinkBuilder,
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  type Panel as GrafanaPanel,
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import * as heatmap from "@grafana/grafana-foundation-sdk/heatmap";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as StatesBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as CellsBuilder } from "@grafana/grafana-foundation-sdk/statushistory";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as LinesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import type { Panel, State, Step } from "./panel-spec.js";

/** The data source that the viewer chose at the top of the board. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana puts the variable in.
export const prometheus: DataSourceRef = { type: "prometheus", uid: "${datasource}" };

export interface PanelPlace {
  readonly id: number;
  readonly height: number;
  /** Where a click on a line about a module leads; absent on that board itself. */
  readonly moduleUrl?: string | undefined;
}

/** The panel as Grafana wants it; the board gives it its place. */
export function buildPanel(panel: Panel, { id, height, moduleUrl }: PanelPlace): Builder<GrafanaPanel> {
  const builder = builderOf(panel)
    .id(id)
    .title(panel.title)
    .description(descriptionOf(panel))
    .datasource(prometheus)
    .unit(panel.unit)
    .span(panel.width)
    .height(height);
  // An increase() of one event may be 1.02.
  if (panel.kind === "stat" && (panel.unit === "short" || panel.unit === "none")) builder.decimals(0);
  panel.queries.forEach(({ expr, legend }, index) => {
    const query = new DataqueryBuilder()
      .datasource(prometheus)
      .refId(String.fromCharCode("A".charCodeAt(0) + index))
      .expr(expr)
      .legendFormat(legend)
      .format(formats[panel.kind] ?? PromQueryFormat.TimeSeries);
    builder.withTarget(panel.kind === "stat" || panel.kind === "table" ? query.instant() : query.range());
  });
  if (panel.whenEmpty !== undefined) builder.noValue(panel.whenEmpty);
  if (panel.states !== undefined) builder.mappings([stateTexts(panel.states)]);
  if (moduleUrl !== undefined && panel.queries.some(({ legend }) => legend.startsWith("{{module}}"))) {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana puts the label in.
    builder.dataLinks([new DashboardLinkBuilder("Look at ${__field.labels.module}").url(moduleUrl)]);
  }
  return builder;
}

/** What the panel's tooltip says: the description, and where more stands. */
function descriptionOf({ description, alerts = [] }: Panel): string {
  if (alerts.length === 0) return description;
  const names = alerts.length === 1 ? `Alert: ${alerts[0]}` : `Alerts: ${alerts.join(", ")}`;
  return `${description}\n\n${names} (docs/alerts.md).`;
}

const formats: Partial<Record<Panel["kind"], PromQueryFormat>> = {
  table: PromQueryFormat.Table,
  heatmap: PromQueryFormat.Heatmap,
};

function builderOf(panel: Panel) {
  switch (panel.kind) {
    case "stat":
      return stat(panel);
    case "table":
      return table(panel);
    case "lines":
      return lines(panel);
    case "bars":
      return lines({ ...panel, isStacked: true })
        .drawStyle(GraphDrawStyle.Bars)
        .fillOpacity(80);
    case "heatmap":
      return heat();
    case "cells":
      return cells(panel);
    case "states":
      return new StatesBuilder()
        .mergeValues(true)
        .showValue(VisibilityMode.Auto)
        .legend(noLegend())
        .rowHeight(0.8);
  }
  panel.kind satisfies never;
  throw new TypeError("a panel of no kind");
}

function stat({ steps, judged, states }: Panel) {
  const builder = new StatBuilder()
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]));
  if (steps === undefined) return builder.colorMode(BigValueColorMode.None);
  const isWhole = judged === undefined || states !== undefined;
  builder.colorMode(isWhole ? BigValueColorMode.Background : BigValueColorMode.Value);
  if (judged === undefined) return builder.thresholds(thresholds(steps)).colorScheme(byThresholds());
  return builder.colorScheme(fixed("text")).overrideByRegexp(regexp(judged), [
    { id: "thresholds", value: thresholds(steps).build() },
    { id: "color", value: byThresholds().build() },
  ]);
}

/** The labels of each line as columns, and its value where that says something. */
function table({ unit, losses }: Panel) {
  const hidden = { Time: true, ...(unit === "none" ? { Value: true } : {}) };
  const builder = new TableBuilder().withTransformation({
    id: "organize",
    options: { excludeByName: hidden },
  });
  if (losses === undefined) return builder;
  return builder.overrideByName("Value", [{ id: "custom.cellOptions", value: { type: "color-text" } }, red]);
}

function lines({ steps, losses, isStacked = false, bounds }: Panel) {
  const builder = new LinesBuilder()
    .fillOpacity(isStacked ? 40 : 5)
    .lineWidth(1)
    .showPoints(VisibilityMode.Never)
    // A negative rate there is none, and an axis that begins at the smallest value makes hills of nothing.
    .axisSoftMin(0)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  if (isStacked) builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  builder.colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName));
  if (losses !== undefined) builder.overrideByRegexp(regexp(losses), [red]);
  if (steps !== undefined) {
    builder
      .thresholds(thresholds(steps))
      .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  }
  if (bounds !== undefined) builder.overrideByRegexp(regexp(bounds), dashes);
  return builder;
}

/** Shades of it, so that lines can be told apart. */
const red: DynamicConfigValue = { id: "color", value: { mode: "shades", fixedColor: "red" } };
const dashes: DynamicConfigValue[] = [
  { id: "custom.lineStyle", value: { fill: "dash", dash: [8, 8] } },
  { id: "custom.fillOpacity", value: 0 },
  { id: "color", value: { mode: "fixed", fixedColor: "text" } },
];

function heat() {
  return new heatmap.PanelBuilder()
    .calculate(false)
    .yAxis(new heatmap.YAxisConfigBuilder().unit("s"))
    .color(
      new heatmap.HeatmapColorOptionsBuilder()
        .mode(heatmap.HeatmapColorMode.Scheme)
        .scheme("Oranges")
        .steps(64),
    )
    .cellValues(new heatmap.CellValuesBuilder().unit("short"))
    .filterValues(new heatmap.FilterValueRangeBuilder().le(1e-9));
}

function cells({ steps = [] }: Panel) {
  return (
    new CellsBuilder()
      .thresholds(thresholds(steps))
      .colorScheme(byThresholds())
      .showValue(VisibilityMode.Never)
      .legend(noLegend())
      .rowHeight(0.9)
      // Beyond some hundred columns Grafana refuses to draw.
      .maxDataPoints(100)
  );
}

function thresholds(steps: readonly Step[]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(steps.map(({ from, colour }) => ({ value: from, color: colour })));
}

function stateTexts(states: readonly State[]) {
  const options = Object.fromEntries(
    states.map(({ value, text, colour }, index) => [String(value), { text, color: colour, index }]),
  );
  return { type: MappingType.ValueToText, options } as const;
}

function byThresholds(): FieldColorBuilder {
  return new FieldColorBuilder().mode(FieldColorModeId.Thresholds);
}

function fixed(colour: string): FieldColorBuilder {
  return new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(colour);
}

function noLegend(): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(false);
}

/** As Grafana writes it: between slashes. */
function regexp(pattern: RegExp): string {
  return `/${pattern.source}/`;
}
