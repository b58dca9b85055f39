import type { Machine } from "../machine.js";

/**
 * The beginning of the command line. The kernel kills the process when the host's main thread ends, however it ends: a
 * spinning module would never see its socket close. L0: the process gives up root for `machine.user`, and gains nothing
 * by running set-user-ID files. Empty without setpriv.
 */
export function identityArgs({ tools, user }: Machine, isActive: boolean): string[] {
  if (tools.setpriv === undefined) return [];
  const becomeUser =
    user === undefined
      ? []
      : [
          ...["--reuid", String(user.uid), "--regid", String(user.gid), "--clear-groups"],
          ...["--inh-caps=-all", "--bounding-set=-all"],
        ];
  const layer = isActive ? [...becomeUser, "--no-new-privs"] : [];
  return [tools.setpriv, ...layer, "--pdeathsig", "KILL", "--"];
}
