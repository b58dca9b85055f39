import type { LaunchGrants } from "../launch-request.js";

/** What the filter of a module lets through. */
export interface SeccompPolicy {
  /** Internet sockets as well as Unix ones. */
  readonly network: boolean;
  /** New processes; threads are always allowed. */
  readonly spawn: boolean;
}

export function policyOf({ network, spawn }: LaunchGrants): SeccompPolicy {
  return { network, spawn };
}
