import type { LayerReport, SandboxReport } from "./report.js";

/** A layer as people call it: "L3 network". */
export function layerName({ number, id }: Pick<LayerReport, "number" | "id">): string {
  return `L${number} ${id}`;
}

/** The layers that can't be relied on, in the order of their numbers. */
export function lackingLayers({ layers }: Pick<SandboxReport, "layers">): readonly LayerReport[] {
  return layers.filter(({ status }) => status !== "enforced");
}

type Told = Pick<LayerReport, "status" | "mechanism" | "reason" | "consequence" | "remedy">;

/** How far a layer holds and by what, or why it doesn't, what follows, and what to do about it. */
export function statusText({ status, mechanism, reason, consequence, remedy }: Told): string {
  const by = mechanism === null ? "" : ` by ${mechanism}`;
  const why = reason === null ? "" : ` (${reason})`;
  const rest = [consequence, remedy].filter((part) => part !== null).map((part) => `; ${endless(part)}`);
  return `${status}${by}${why}${rest.join("")}`;
}

/** One layer in one line. */
export function layerText(layer: Told & Pick<LayerReport, "number" | "id">): string {
  return `${layerName(layer)} is ${statusText(layer)}`;
}

/** All layers in one line. */
export function reportText({ mode, user, layers }: SandboxReport): string {
  const lacking = lackingLayers({ layers }).map(layerName);
  const who = user === null ? "" : `, modules run as ${user}`;
  const count = `${layers.length - lacking.length} of ${layers.length} layers are enforced`;
  const rest = lacking.length === 0 ? "" : `; not enforced: ${lacking.join(", ")}`;
  return `sandbox in mode ${mode}: ${count}${who}${rest}`;
}

function endless(sentence: string): string {
  return sentence.replace(/\.$/, "");
}
