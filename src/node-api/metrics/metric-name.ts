const PREFIX = "blvm_module_";
const NAME = /^[A-Za-z0-9_-]+$/;
const LABEL = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Labels that the node itself sets. */
const OWN_LABELS = ["module", "le"];

/** What is wrong with a name, and what is allowed. */
export interface NameProblem {
  readonly field: string;
  readonly found: string;
  readonly allowed: string;
}

/** The name at /metrics: prefixed, dashes as underscores. */
export function prometheusName(name: string): string {
  return PREFIX + name.replaceAll("-", "_");
}

/** The first name that can't stand at /metrics; undefined when all can. */
export function nameProblem(name: string, labels: readonly string[]): NameProblem | undefined {
  if (!NAME.test(name)) {
    return { field: "metric.name", found: shown(name), allowed: "1 to 128 of letters, digits, _ and -" };
  }
  for (const label of labels) {
    if (!LABEL.test(label) || label.startsWith("__") || OWN_LABELS.includes(label)) {
      const allowed = `letters, digits and _, no digit first, no __ first, not ${OWN_LABELS.join(" or ")}`;
      return { field: "metric.labels", found: shown(label), allowed };
    }
  }
  return undefined;
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 64));
}
