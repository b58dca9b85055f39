import type { LaunchVariant, VariantResult } from "./find-layers.js";

type Run = (variant: LaunchVariant) => Promise<VariantResult>;

/**
 * Lets the first canary that came too late try once more: a machine may be too busy for a moment, and what is active
 * then stays so for as long as the host runs. `onLate` is told of the first time. Later ones get no second chance, so
 * that programs which hang cost one deadline more and not one each.
 */
export function withSecondChance(run: Run, onLate: (reason: string) => void): Run {
  let isUsed = false;
  return async (variant) => {
    const first = await run(variant);
    if (isUsed || first.isRun || first.isLate !== true) return first;
    isUsed = true;
    onLate(first.reason);
    const second = await run(variant);
    return second.isRun || second.isLate !== true
      ? second
      : { ...second, reason: `${second.reason}; neither the first time: this machine may be too busy` };
  };
}
