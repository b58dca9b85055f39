export type {
  LaunchGrants,
  LaunchLimits,
  LaunchRequest,
  LaunchWords,
  SandboxedCommand,
  SeenPaths,
} from "./launch-request.js";
export type { LayerId } from "./layer.js";
export {
  type ModuleSandboxOptions,
  moduleSandboxOptions,
  type SandboxMode,
  type SandboxOptions,
  type SandboxOptionsInput,
  sandboxOptions,
  stricterMode,
} from "./options.js";
export { programPidOf, sandboxPidOf } from "./program-pid.js";
export type { Denial, LayerReport, LayerStatus, SandboxReport } from "./report.js";
export { Sandbox, type SandboxSettings } from "./sandbox.js";
export { probeSetpriv } from "./setpriv-probe.js";
export { spawnClean } from "./spawn-clean.js";
