import { basename } from "node:path";
import type { LaunchRequest, SeenPaths } from "./launch-request.js";
import type { LayerId } from "./layer.js";
import { filesystemArgs, pathsInSandbox } from "./layers/filesystem.js";
import { identityArgs } from "./layers/identity.js";
import { countsTasksPerNamespace, limitArgs, taskLimit } from "./layers/limits.js";
import { networkArgs } from "./layers/network.js";
import type { Machine } from "./machine.js";
import type { Need, Program } from "./program.js";

/** Where bubblewrap tells the pid of its first process and how the program ended; in the child. */
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
  needs: readonly Need[],
): string[] {
  return [
    ...identityArgs(machine, active.has("identity")),
    ...bubblewrapArgs(machine, active, request, needs),
    ...(isNested(active) ? cleanEnvironmentArgs(machine.tools) : []),
    ...(active.has("limits")
      ? limitArgs(machine.tools, request.limits, program.baseDataBytes, tasksOf(machine, active, request))
      : []),
    ...program.command,
  ];
}

/** Only in a user namespace of its own are a module's tasks counted apart from those of others. */
function tasksOf(
  { kernelRelease }: Machine,
  active: ActiveLayers,
  { limits, grants }: LaunchRequest,
): number | undefined {
  const isCounted = active.has("filesystem") && countsTasksPerNamespace(kernelRelease);
  return isCounted ? taskLimit(limits, grants) : undefined;
}

/** Bubblewrap sets PWD, of which nobody told the module. Empty where no env that knows -u is called by that name. */
function cleanEnvironmentArgs({ env }: Machine["tools"]): string[] {
  return env !== undefined && basename(env) === "env" ? [env, "-u", "PWD"] : [];
}

function bubblewrapArgs(
  { tools, leftOut = new Set() }: Machine,
  active: ActiveLayers,
  request: LaunchRequest,
  needs: readonly Need[],
): string[] {
  if (tools.bwrap === undefined || !isNested(active)) return [];
  const everything = ["--bind", "/", "/", "--dev-bind", "/dev", "/dev", "--die-with-parent"];
  const network = active.has("network") ? networkArgs(request.grants.network) : [];
  return [
    tools.bwrap,
    // It takes further arguments from each, and closes it when it has read them all.
    ...(request.strays ?? []).flatMap((fd) => ["--args", String(fd)]),
    // What the network binds in must come before all is made read-only, and after a root that hides what came before.
    ...(active.has("filesystem")
      ? [...network, ...filesystemArgs(request, needs, leftOut)]
      : [...everything, ...network]),
    ...["--json-status-fd", String(INFO_DESCRIPTOR)],
    ...(active.has("kernel") ? ["--seccomp", String(FILTER_DESCRIPTOR)] : []),
    "--",
  ];
}
