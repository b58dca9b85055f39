import type { LayerStatus, SandboxReport } from "../../sandbox/index.js";
import type { SampleTable } from "../sample-table.js";

const layerStatuses: readonly LayerStatus[] = ["enforced", "partial", "missing", "off"];

/** Nothing while the sandbox is not known yet. */
export function addSandbox(into: SampleTable, report: SandboxReport | undefined): void {
  if (report === undefined) return;
  into.add("blvm_sandbox_info", [report.mode], 1);
  for (const { id, status } of report.layers) {
    for (const each of layerStatuses)
      into.add("blvm_sandbox_layer_status", [id, each], each === status ? 1 : 0);
  }
}
