import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { type Annotation, annotations } from "./annotations.js";
import { buildPanel, prometheus } from "./build-panel.js";
import type { Board, Variable } from "./panel-spec.js";

const TAG = "blvm-streams";
const DEFAULT_HEIGHT = 8;
const MODULE_BOARD = "blvm-module";
/** To the module of a line, with the host and the time that are chosen here. */
const MODULE_URL =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana puts the values in.
  "/d/blvm-module?var-module=${__field.labels.module}&${instance:queryparam}&${datasource:queryparam}&${__url_time_range}";

/** The board as Grafana reads it from a file. The same board makes the same text, always. */
export function buildBoard(board: Board, all: readonly Board[]): Dashboard {
  const builder = new DashboardBuilder(board.title)
    .uid(board.uid)
    .description(board.description)
    .tags([TAG])
    .time({ from: "now-1h", to: "now" })
    .refresh("10s")
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .links(all.filter(({ uid }) => uid !== board.uid).map(buildLink))
    .withVariable(
      new DatasourceVariableBuilder("datasource")
        .label("Prometheus")
        .description("The Prometheus that scrapes the hosts.")
        .type("prometheus"),
    );
  for (const variable of board.variables) builder.withVariable(buildVariable(variable));
  for (const annotation of annotations) builder.annotation(buildAnnotation(annotation));
  let id = 0;
  for (const { title, height = DEFAULT_HEIGHT, panels } of board.rows) {
    builder.withRow(new RowBuilder(title).id(++id));
    for (const panel of panels) {
      const moduleUrl = board.uid === MODULE_BOARD ? undefined : MODULE_URL;
      builder.withPanel(buildPanel(panel, { id: ++id, height, moduleUrl }));
    }
  }
  return withoutPlacement(builder.build());
}

/** To another board, for the same host and time. What else is chosen may mean nothing there. */
function buildLink({ uid, title, description }: Board): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title.replace(`${TAG}: `, ""))
    .type(DashboardLinkType.Link)
    .url(`/d/${uid}?\${instance:queryparam}&\${datasource:queryparam}`)
    .icon("dashboard")
    .tooltip(description)
    .keepTime(true);
}

/** The SDK hides links and annotations in a menu by default; without a placement they stand at the top. */
function withoutPlacement(dashboard: Dashboard): Dashboard {
  for (const hidden of [...(dashboard.links ?? []), ...(dashboard.annotations?.list ?? [])]) {
    delete hidden.placement;
  }
  return dashboard;
}

function buildVariable({ name, label, description, of, isMany }: Variable): QueryVariableBuilder {
  const builder = new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(prometheus)
    .query(`label_values(${of}, ${name})`)
    // A module that was loaded a minute ago is in the list.
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(isMany)
    .includeAll(isMany);
  return isMany ? builder.allValue(".+").current({ text: "All", value: "$__all" }) : builder;
}

function buildAnnotation({ name, colour, expr, text }: Annotation): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(prometheus)
    .enable(true)
    .iconColor(colour)
    .expr(expr)
    .step(ANNOTATION_STEP)
    .titleFormat(name)
    .textFormat(text)
    .target(
      new DataqueryBuilder().refId("Anno").expr(expr).interval(ANNOTATION_STEP).legendFormat(text).range(),
    );
}

/** Between two looks: a scrape. */
const ANNOTATION_STEP = "5s";
