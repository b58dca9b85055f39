import { type ActionStep, labelPattern } from "./scenario-steps.js";

export type LabelKind = "block" | "transaction" | "peer" | "partition";

/** What a step makes under the label `as`. */
const makes: Readonly<Partial<Record<ActionStep["kind"], LabelKind>>> = {
  mine: "block",
  mine_exactly: "block",
  pay: "transaction",
  bump: "transaction",
  connect_peer: "peer",
  partition: "partition",
};

/** The fields of a step that name something, and of what kind it is. */
const uses: Readonly<Record<string, LabelKind>> = {
  block: "block",
  tip: "block",
  transaction: "transaction",
  parent: "transaction",
  transactions: "transaction",
  waiting: "transaction",
  not_waiting: "transaction",
  peer: "peer",
  connected: "peer",
  not_connected: "peer",
  partition: "partition",
};

export interface LabelUse {
  readonly kind: LabelKind;
  readonly label: string;
  /** Inside the step's value. */
  readonly path: readonly (string | number)[];
}

/** The label that a step makes. */
export function labelMade({ kind, given }: ActionStep): { label: string; kind: LabelKind } | undefined {
  const made = makes[kind];
  return made !== undefined && "as" in given && given.as !== undefined
    ? { label: given.as, kind: made }
    : undefined;
}

/** The labels that a step needs to have been made before; hashes, addresses and `tip` are none. */
export function labelsUsed({ given }: ActionStep): readonly LabelUse[] {
  return Object.entries(given).flatMap(([field, value]: [string, unknown]) => {
    const kind = uses[field];
    if (kind === undefined) return [];
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.flatMap((one, n) => {
      if (typeof one !== "string" || !isLabel(one, kind)) return [];
      return [{ kind, label: one, path: Array.isArray(value) ? [field, n] : [field] }];
    });
  });
}

/** Whether a text names something that a step made, rather than being a hash, raw hex or an address. */
export function isLabel(text: string, kind: LabelKind): boolean {
  return labelPattern.test(text) && !(kind === "block" && text === "tip");
}
