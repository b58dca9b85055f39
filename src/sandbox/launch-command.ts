import type { LaunchRequest, SeenPaths } from "./launch-request.js";
import type { LayerId } from "./layer.js";
import { filesystemArgs, pathsInSandbox } from "./layers/filesystem.js";
import { identityArgs } from "./layers/identity.js";
import { limitArgs } from "./layers/limits.js";
import { networkArgs } from "./layers/network.js";
import type { Machine } from "./machine.js";
import type { Program } from "./program.js";

/** Where bubblewrap tells the pid of its first process; in the child. */
export const INFO_DESCRIPTOR = 4;
/** Where bubblewrap reads the filter of system calls; in the child. */
export const FILTER_DESCRIPTOR = 5;

export type ActiveLayers = ReadonlySet<LayerId>;

const bubblewrapLayers: readonly LayerId[] = ["filesystem", "network", "kernel"];

/** Whether bubblewrap stands between the host and the module: then its exit code tells the module's signal. */
export function isNested(active: ActiveLayers): boolean {
  return bubblewrapLayers.some((id) => active.has(id));
}

/** The module's paths as it sees them under these layers. */
export function seenPaths(active: ActiveLayers, request: LaunchRequest): SeenPaths {
  const { entryPath, dataDir, socketPath } = request;
  return active.has("filesystem") ? pathsInSandbox(request) : { entryPath, dataDir, socketPath };
}

/**
 * The whole command line: setpriv, then bubblewrap, then prlimit, then the program, each only where its layer is active.
 * `needs` is what all of these programs must see.
 */
export function commandLine(
  machine: Machine,
  active: ActiveLayers,
  request: LaunchRequest,
  program: Program,
  needs: readonly string[],
): string[] {
  return [
    ...identityArgs(machine, active.has("identity")),
    ...bubblewrapArgs(machine, active, request, needs),
    ...(active.has("limits") ? limitArgs(machine.tools, request.limits, program.baseDataBytes) : []),
    ...program.command,
  ];
}

function bubblewrapArgs(
  { tools }: Machine,
  active: ActiveLayers,
  request: LaunchRequest,
  needs: readonly string[],
): string[] {
  if (tools.bwrap === undefined || !isNested(active)) return [];
  const everything = ["--bind", "/", "/", "--dev-bind", "/dev", "/dev", "--die-with-parent"];
  const network = active.has("network") ? networkArgs(request.grants.network) : [];
  return [
    tools.bwrap,
    // What it binds in must come before all is made read-only, and after a root that hides what came before.
    ...(active.has("filesystem")
      ? [...network, ...filesystemArgs(request, needs)]
      : [...everything, ...network]),
    ...["--info-fd", String(INFO_DESCRIPTOR)],
    ...(active.has("kernel") ? ["--seccomp", String(FILTER_DESCRIPTOR)] : []),
    "--",
  ];
}
