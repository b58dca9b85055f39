import type { SchedulerLike } from "rxjs";
import type { ActiveLayers } from "../launch-command.js";
import type { LayerId } from "../layer.js";
import type { Machine } from "../machine.js";
import type { ProbedDenial } from "./probe-program.js";

/** One way to start modules. */
export interface LaunchVariant {
  readonly machine: Machine;
  readonly active: ActiveLayers;
}

/** How a canary fared under a variant. */
export type VariantResult =
  | { readonly isRun: true; readonly denials: readonly ProbedDenial[] }
  | { readonly isRun: false; readonly reason: string; readonly isLate?: boolean };

/** The variant that modules are started by, and what was learned on the way to it. */
export interface FoundLayers extends LaunchVariant {
  /** What the canary was denied; empty when none could be run. */
  readonly denials: readonly ProbedDenial[];
  /** Why layers that were offered are not active. */
  readonly refusals: ReadonlyMap<LayerId, string>;
  /** What the sandbox's programs said about options that are left out. */
  readonly complaints: readonly string[];
  /** Why nothing at all could be started; undefined when something could. */
  readonly failure: string | undefined;
}

/** Layers that the launch makes; the others are there in any case. */
const madeByLaunch: readonly LayerId[] = ["filesystem", "network", "kernel", "limits"];

/** What a program may complain about, and what is tried without then. */
const optionalParts: readonly (readonly [complaint: RegExp, option: string])[] = [
  [/--disable-userns|max_user_namespaces|disable.*user ?n/i, "--disable-userns"],
  [/--size\b/, "--size"],
  [/--unshare-cgroup-try/, "--unshare-cgroup-try"],
];

/**
 * Finds the largest set of layers that a canary can be started in: all that are offered; else those that can be had
 * alone and go together, the ones of lower number first. Options that an old program lacks are left out. At most some
 * twenty canaries, and none is started later than `totalMs` after the first.
 */
export async function findLayers(
  scheduler: SchedulerLike,
  offered: LaunchVariant,
  run: (variant: LaunchVariant) => Promise<VariantResult>,
  totalMs: number,
): Promise<FoundLayers> {
  const lastStartMs = scheduler.now() + totalMs;
  const attempt = (variant: LaunchVariant): Promise<Attempted> => {
    if (scheduler.now() > lastStartMs) {
      const result = { isRun: false, reason: `no time was left of ${totalMs} ms` } as const;
      return Promise.resolve({ variant, result, complaints: [] });
    }
    return tryVariant(variant, run);
  };
  const all = await attempt(offered);
  if (all.result.isRun) return found(all, new Map());
  const base = await findBase(offered, attempt);
  if (!base.result.isRun) {
    const { reason } = base.result;
    return found(
      base,
      new Map(madeByLaunch.filter((id) => offered.active.has(id)).map((id) => [id, reason])),
    );
  }
  return combine(base, offered.active, attempt);
}

interface Attempted {
  readonly variant: LaunchVariant;
  readonly result: VariantResult;
  readonly complaints: readonly string[];
}

type Attempt = (variant: LaunchVariant) => Promise<Attempted>;

function found(
  { variant, result, complaints }: Attempted,
  refusals: ReadonlyMap<LayerId, string>,
): FoundLayers {
  const denials = result.isRun ? result.denials : [];
  return { ...variant, denials, refusals, complaints, failure: result.isRun ? undefined : result.reason };
}

/** Without what can be left out, one option after the other. */
async function tryVariant(
  variant: LaunchVariant,
  run: (variant: LaunchVariant) => Promise<VariantResult>,
): Promise<Attempted> {
  const complaints: string[] = [];
  let machine = variant.machine;
  for (;;) {
    const result = await run({ ...variant, machine });
    const option = result.isRun ? undefined : optionToLeaveOut(machine, result.reason);
    if (result.isRun || option === undefined) return { variant: { ...variant, machine }, result, complaints };
    complaints.push(result.reason);
    machine = { ...machine, leftOut: new Set([...(machine.leftOut ?? []), option]) };
  }
}

function optionToLeaveOut({ leftOut }: Machine, reason: string): string | undefined {
  return optionalParts.find(
    ([complaint, option]) => complaint.test(reason) && leftOut?.has(option) !== true,
  )?.[1];
}

/** The start with nothing but what must be: as another user where the host is root, else also without setpriv. */
async function findBase({ machine, active }: LaunchVariant, attempt: Attempt): Promise<Attempted> {
  const kept = new Set([...active].filter((id) => !madeByLaunch.includes(id)));
  const base = await attempt({ machine, active: kept });
  if (base.result.isRun || machine.hostUid === 0 || machine.tools.setpriv === undefined) return base;
  const { setpriv: _broken, ...tools } = machine.tools;
  return attempt({ machine: { ...machine, tools }, active: kept });
}

async function combine(base: Attempted, offered: ActiveLayers, attempt: Attempt): Promise<FoundLayers> {
  const { machine } = base.variant;
  const candidates = madeByLaunch.filter((id) => offered.has(id));
  const refusals = new Map<LayerId, string>();
  const alone = await Promise.all(
    candidates.map((id) => attempt({ machine, active: new Set([...base.variant.active, id]) })),
  );
  const able = candidates.filter((id, place) => {
    const result = alone[place]?.result;
    if (result?.isRun === false) refusals.set(id, result.reason);
    return result?.isRun === true;
  });
  if (able.length > 1) {
    const together = await attempt({ machine, active: new Set([...base.variant.active, ...able]) });
    if (together.result.isRun) return found(together, refusals);
  }
  const [first, ...others] = able;
  let best = (first === undefined ? undefined : alone[candidates.indexOf(first)]) ?? base;
  for (const id of others) {
    const { machine: lesser, active } = best.variant;
    const more = await attempt({ machine: lesser, active: new Set([...active, id]) });
    if (more.result.isRun) best = more;
    else refusals.set(id, more.result.reason);
  }
  return found(best, refusals);
}
