import type { LayerReport, SandboxReport } from "../../src/sandbox/index.js";
import { layers as describedLayers, type LayerId } from "../../src/sandbox/layer.js";

type Changes = Readonly<Partial<Record<LayerId, Partial<LayerReport>>>>;

/** A machine on which all layers hold but those that are said to differ. */
export function sandboxReport(changes: Changes = {}, about: Partial<SandboxReport> = {}): SandboxReport {
  return {
    mode: "auto",
    platform: "linux x64",
    user: null,
    ...about,
    layers: describedLayers.map(({ id, number, title }) => ({
      id,
      number,
      title,
      status: "enforced",
      mechanism: `what does ${id}`,
      reason: null,
      consequence: null,
      remedy: null,
      denials: [],
      ...changes[id],
    })),
  };
}

/** What the report says of a layer that a machine lacks. */
export const missingLayer: Partial<LayerReport> = {
  status: "missing",
  mechanism: null,
  reason: "the program is not there",
  consequence: "a module could do more",
  remedy: "install it.",
};
