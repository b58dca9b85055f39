import type { LayerId } from "./layer.js";
import type { SandboxMode } from "./options.js";
import type { LayerReport, SandboxReport } from "./report.js";
import { lackingLayers } from "./report-text.js";

/** Without these no mode but `off` starts a module: it would run as root, or run other code than was checked. */
const always: ReadonlySet<LayerId> = new Set(["identity", "code"]);

/** Which layers a mode asks for and this machine lacks: none when modules are started under it with all that it promises. */
export function unmetLayers(report: SandboxReport, mode: SandboxMode): readonly LayerReport[] {
  const lacking = lackingLayers(report);
  return mode === "auto" && report.mode !== "off" ? lacking.filter(({ id }) => always.has(id)) : lacking;
}
