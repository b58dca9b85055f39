import type { SchedulerLike } from "rxjs";
import type { LaunchLimits } from "../launch-request.js";
import { runCanary } from "./canary.js";
import { type FoundLayers, findLayers, type LaunchVariant, type VariantResult } from "./find-layers.js";
import { runPlainTrial } from "./plain-trial.js";
import { withSecondChance } from "./second-chance.js";
import { isCanaryArch } from "./system-calls.js";
import type { TrialTerms } from "./trial.js";

/** What the layers were found by: `unproven` tells why no canary tried them. */
export interface Proof extends FoundLayers {
  readonly unproven: string | undefined;
}

export interface ProofTerms {
  /** A folder of the host that the modules' user may pass through. */
  readonly privateDir: string;
  readonly sizes: Pick<LaunchLimits, "tmpBytes" | "shmBytes">;
  /** One canary; then its processes are killed. Default: 5 s. */
  readonly canaryDeadlineMs?: number | undefined;
  /** Told of a canary that came too late and tries once more. */
  readonly onLate: (reason: string) => void;
  /** The code that modules are launched by. */
  readonly launcher: (variant: LaunchVariant) => TrialTerms["launch"];
}

const CANARY_DEADLINE_MS = 5000;
/** Canaries that are started one after the other where programs are broken. */
const DEADLINES_IN_TOTAL = 4;

/**
 * Finds out by canaries which of the offered layers hold: some 50 ms on a machine that offers them all, some seconds where
 * programs hang. Where no canary can be run, it is found out only what modules can be started in. Never rejects.
 */
export async function proveLayers(
  scheduler: SchedulerLike,
  offered: LaunchVariant,
  { privateDir, sizes, canaryDeadlineMs = CANARY_DEADLINE_MS, onLate, launcher }: ProofTerms,
): Promise<Proof> {
  const { platform, arch } = offered.machine;
  if (platform !== "linux") {
    const unproven = `there is no canary for ${platform}`;
    return { ...offered, denials: [], refusals: new Map(), complaints: [], failure: undefined, unproven };
  }
  const totalMs = canaryDeadlineMs * DEADLINES_IN_TOTAL;
  const termsOf = (variant: LaunchVariant): TrialTerms => ({
    scheduler,
    privateDir,
    user: variant.machine.user,
    active: variant.active,
    sizes,
    deadlineMs: canaryDeadlineMs,
    launch: launcher(variant),
  });
  const chance = (run: (terms: TrialTerms) => Promise<VariantResult>) =>
    withSecondChance((variant) => run(termsOf(variant)), onLate);
  const plain = () => findLayers(scheduler, offered, chance(tellUser), totalMs);
  if (!isCanaryArch(arch)) return { ...(await plain()), unproven: `there is no canary for ${arch}` };
  const found = await findLayers(
    scheduler,
    offered,
    chance((terms) => runCanary(terms, arch)),
    totalMs,
  );
  if (found.failure === undefined) return { ...found, unproven: undefined };
  return { ...(await plain()), unproven: `the canary can't be run (${found.failure})` };
}

async function tellUser(terms: TrialTerms): Promise<VariantResult> {
  const result = await runPlainTrial(terms);
  if (!result.isRun) return result;
  const isDenied = terms.user === undefined ? result.uid !== 0 : result.uid === terms.user.uid;
  const seen = `user id ${result.uid}`;
  const expected = terms.user === undefined ? "a user id other than 0" : `user id ${terms.user.uid}`;
  return {
    isRun: true,
    denials: [{ layer: "identity", attempt: "run as root", expected, seen, isDenied, isTelling: true }],
  };
}
