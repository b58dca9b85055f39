export type { ChainQueries } from "../chain/index.js";
export { drawRecording } from "./draw-recording.js";
export { testingErrors } from "./errors.js";
export {
  type MarbleEvent,
  type MarbleModule,
  type MarbleRow,
  type MarbleTable,
  marbleTable,
} from "./marble-table.js";
export { marbleTest } from "./marble-test.js";
export type { MarbleRecording, ModuleRecording } from "./record-marbles.js";
export {
  startTestHost,
  type TestDoor,
  type TestDoorOptions,
  type TestHost,
  type TestHostOptions,
} from "./test-host.js";
export { type VirtualHost, type VirtualHostOptions, virtualHost } from "./virtual-host.js";
export type { At, VirtualDelivery, VirtualModule, VirtualModuleOptions } from "./virtual-module.js";
