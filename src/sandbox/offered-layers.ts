import type { ActiveLayers } from "./launch-command.js";
import type { LayerId } from "./layer.js";
import type { Machine } from "./machine.js";
import { seccompSupport } from "./seccomp/architecture.js";

/** The layers that the programs of a machine allow to be tried. Whether they hold is for the canary to say. */
export function offeredLayers(
  { tools, hostUid, user, arch }: Machine,
  without: readonly LayerId[] = [],
): ActiveLayers {
  const offered = new Set<LayerId>(["code", "watch", "wire"]);
  if (hostUid !== 0 || (user !== undefined && tools.setpriv !== undefined)) offered.add("identity");
  if (tools.bwrap !== undefined) {
    offered.add("filesystem").add("network");
    if (seccompSupport(arch).isSupported) offered.add("kernel");
  }
  if (tools.prlimit !== undefined) offered.add("limits");
  for (const id of without) offered.delete(id);
  return offered;
}
