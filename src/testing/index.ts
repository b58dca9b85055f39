export type { ChainQueries } from "../chain/index.js";
export { openRecording, type RecordedItem, type Recording } from "../recordings/index.js";
export { drawRecording } from "./draw-recording.js";
export { drawSvg } from "./draw-svg.js";
export { type AnyTable, type DrawnRow, drawTable } from "./draw-table.js";
export { testingErrors } from "./errors.js";
export {
  type MarbleEvent,
  type MarbleModule,
  type MarbleRow,
  type MarbleTable,
  marbleTable,
} from "./marble-table.js";
export { marbleTest } from "./marble-test.js";
export {
  type Pipeline,
  type PipelineMoment,
  type PipelineRecording,
  type PipelineRow,
  type PipelineTable,
  pipelineTable,
  pipelineTest,
} from "./pipeline-test.js";
export type { MarbleRecording, ModuleRecording } from "./record-marbles.js";
export { requiredStories, type StepRow, type StepTable, stepTable } from "./step-table.js";
export { type StepRecording, stepTest } from "./step-test.js";
export {
  type PlayedInto,
  startTestHost,
  type TestDoor,
  type TestDoorOptions,
  type TestHost,
  type TestHostOptions,
} from "./test-host.js";
export { type VirtualHost, type VirtualHostOptions, virtualHost } from "./virtual-host.js";
export type { At, VirtualDelivery, VirtualModule, VirtualModuleOptions } from "./virtual-module.js";
