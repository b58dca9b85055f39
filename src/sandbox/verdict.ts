import type { LayerId } from "./layer.js";
import type { SandboxMode } from "./options.js";
import type { LayerReport, SandboxReport } from "./report.js";
import { lackingLayers } from "./report-text.js";

/** What is to hold in every mode but `off`: a module is never root, and what runs is what was checked. */
const always: ReadonlySet<LayerId> = new Set(["identity", "code"]);

/** The layers that a mode promises and this machine lacks. Where there are none, modules run with all that it promises. */
export function unmetLayers(report: SandboxReport, mode: SandboxMode): readonly LayerReport[] {
  const lacking = lackingLayers(report);
  return mode === "auto" && report.mode !== "off" ? lacking.filter(({ id }) => always.has(id)) : lacking;
}
