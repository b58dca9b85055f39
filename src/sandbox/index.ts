export { CpuAllowance, LEAST_ALLOWANCE_S } from "./cpu-allowance.js";
export { sandboxErrors } from "./errors.js";
export type {
  LaunchGrants,
  LaunchLimits,
  LaunchRequest,
  LaunchWords,
  SandboxedCommand,
  SeenPaths,
} from "./launch-request.js";
export type { LayerId } from "./layer.js";
export type { Machine, UserIds } from "./machine.js";
export { type ModuleSandbox, moduleSandbox, type WithheldGrant, withheldGrants } from "./module-sandbox.js";
export {
  type ModuleSandboxOptions,
  moduleSandboxOptions,
  type SandboxMode,
  type SandboxOptions,
  type SandboxOptionsInput,
  stricterMode,
} from "./options.js";
export { makePassage, passageMode } from "./passage.js";
export type { Denial, LayerReport, LayerStatus, SandboxReport } from "./report.js";
export { lackingLayers, layerName, layerText, reportText, statusText } from "./report-text.js";
export { Sandbox, type SandboxSettings } from "./sandbox.js";
export { followStatus, type SandboxStatus } from "./sandbox-status.js";
export { spawnClean } from "./spawn-clean.js";
export { unmetLayers } from "./verdict.js";
