import { EngineError, errorMessage } from "../errors.js";
import { drawRecording } from "./draw-recording.js";
import { drawRun } from "./draw-run.js";
import type { MarbleRow, MarbleTable } from "./marble-table.js";
import { marbleTest } from "./marble-test.js";
import { type Pipeline, type PipelineMoment, type PipelineTable, pipelineTest } from "./pipeline-test.js";
import type { StepRow, StepTable } from "./step-table.js";
import { stepTest } from "./step-test.js";

/** Every table that rows can be written in. */
export type AnyTable = MarbleTable | StepTable | PipelineTable;

/** One row that was run, as lines of text; of a row that fails, what differs is drawn too. */
export interface DrawnRow {
  readonly name: string;
  readonly isPassed: boolean;
  readonly drawing: string;
  /** Why it failed. */
  readonly problem: string | undefined;
}

/** Runs every row of a table and draws what the run recorded, never what the row expects. Never throws for a row. */
export function drawTable(
  table: AnyTable,
  isWanted: (name: string) => boolean = () => true,
): readonly DrawnRow[] {
  const draw = drawerOf(table);
  return table.rows
    .filter(({ name }) => isWanted(name))
    .map((row) => {
      const { name } = row;
      try {
        return { name, isPassed: true, drawing: draw(row), problem: undefined };
      } catch (error) {
        return { name, isPassed: false, drawing: failureDrawing(row, error), problem: errorMessage(error) };
      }
    });
}

type AnyRow = AnyTable["rows"][number];

function drawerOf(table: AnyTable): (row: AnyRow) => string {
  if ("pipeline" in table)
    return (row) => pipelineDrawing(table.pipeline, row as PipelineTable["rows"][number]);
  if ("kind" in table) return (row) => stepDrawing(table.kind, row as StepRow);
  return (row) => drawRecording(marbleTest(row as MarbleRow));
}

function stepDrawing(kind: string, row: StepRow): string {
  const { recorded, counts } = stepTest(kind, row);
  const { dropped, errors, held } = counts;
  return drawRun({ source: row.source, values: row.values, recorded, counts: { dropped, errors, held } });
}

function pipelineDrawing(pipeline: Pipeline, row: PipelineTable["rows"][number]): string {
  return drawRun({ source: row.source, values: row.values, recorded: pipelineTest(pipeline, row).recorded });
}

function failureDrawing(row: AnyRow, error: unknown): string {
  if (!(error instanceof EngineError)) return "";
  const { drawing, line, expected, recorded } = error.details as Readonly<Record<string, unknown>>;
  if (typeof drawing === "string") return drawing;
  if (line !== "expected" || !Array.isArray(expected) || !Array.isArray(recorded)) return "";
  return drawRun({
    source: row.source,
    values: "values" in row ? row.values : undefined,
    expected: expected as readonly PipelineMoment[],
    recorded: recorded as readonly PipelineMoment[],
  });
}
