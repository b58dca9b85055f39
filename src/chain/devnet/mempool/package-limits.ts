import type { WaitingTransaction } from "./waiting-transaction.js";

export interface PackageLimits {
  readonly maxAncestors: number;
  readonly maxDescendants: number;
  readonly maxAncestorsVb: number;
  readonly maxDescendantsVb: number;
}

/** What a transaction may weigh together with its ancestors, and with its descendants. */
export const maxPackageVb = 101_000;
const carveOutVb = 10_000;

/**
 * Whether a transaction can stand on its ancestors: neither it with them nor any of them with its descendants becomes
 * too many or too large. One direct conflict makes room for what it takes away, and a small transaction with a single
 * ancestor may be one more than allowed, so that a child can always pay for a parent that others filled up (Core's
 * carve-out).
 */
export function fitsPackageLimits(
  sizeVb: number,
  ancestors: ReadonlySet<WaitingTransaction>,
  conflicts: ReadonlySet<WaitingTransaction>,
  limits: PackageLimits,
): boolean {
  const [conflict] = conflicts.size === 1 ? conflicts : [];
  const widened =
    conflict === undefined
      ? limits
      : {
          ...limits,
          maxDescendants: limits.maxDescendants + 1,
          maxDescendantsVb: limits.maxDescendantsVb + conflict.descendantSizeVb,
        };
  if (fits(sizeVb, ancestors, widened)) return true;
  if (sizeVb > carveOutVb) return false;
  return fits(sizeVb, ancestors, {
    maxAncestors: 2,
    maxAncestorsVb: widened.maxAncestorsVb,
    maxDescendants: widened.maxDescendants + 1,
    maxDescendantsVb: widened.maxDescendantsVb + carveOutVb,
  });
}

function fits(sizeVb: number, ancestors: ReadonlySet<WaitingTransaction>, limits: PackageLimits): boolean {
  if (ancestors.size + 1 > limits.maxAncestors) return false;
  let ancestorsVb = sizeVb;
  for (const ancestor of ancestors) {
    ancestorsVb += ancestor.sizeVb;
    if (ancestor.descendantCount + 1 > limits.maxDescendants) return false;
    if (ancestor.descendantSizeVb + sizeVb > limits.maxDescendantsVb) return false;
  }
  return ancestorsVb <= limits.maxAncestorsVb;
}
