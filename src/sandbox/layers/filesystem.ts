import { basename, dirname, join } from "node:path";
import type { LaunchRequest, SeenPaths } from "../launch-request.js";
import type { Need } from "../program.js";

const CODE = "/module";
const DATA = "/data";
const SOCKETS = "/run/blvm";
const PACKAGES = "/packages";

/** Whether the sandbox has something of its own at a path, so that a file of the host can't be seen there. */
export function isCovered(path: string): boolean {
  return [CODE, DATA, SOCKETS, PACKAGES, "/proc", "/dev"].some((place) => `${path}/`.startsWith(`${place}/`));
}

/**
 * Process 1 is bubblewrap's own, of the same user: through /proc/1/mem a module could write its own code into it, which no
 * limit would hold and no signal of the host's would reach. A shared mapping of /dev/zero is memory that no limit counts;
 * under a device of a mount without devices it can't be opened.
 */
const hidden = [
  ...["--tmpfs", "/proc/1", "--remount-ro", "/proc/1"],
  ...["--ro-bind", "/dev/null", "/dev/zero"],
];

/** Where a module finds in its sandbox what the host shows it. */
export function pathsInSandbox({ entryPath, codePath, socketPath }: LaunchRequest): SeenPaths {
  const isFile = entryPath === codePath;
  return {
    entryPath: isFile ? join(CODE, basename(entryPath)) : join(CODE, entryPath.slice(codePath.length)),
    dataDir: DATA,
    socketPath: join(SOCKETS, basename(socketPath)),
  };
}

/**
 * L2: bubblewrap's arguments for mounts and namespaces. The module sees its code and what its program needs read-only,
 * its data directory, a /tmp and a /dev/shm of fixed size, and nothing else; no process but its own.
 */
export function filesystemArgs(
  request: LaunchRequest,
  needs: readonly Need[],
  leftOut: ReadonlySet<string>,
): string[] {
  const { codePath, dataDir, entryPath, socketPath, limits, packages = [] } = request;
  const code = entryPath === codePath ? pathsInSandbox(request).entryPath : CODE;
  const unlessLeftOut = (...option: [string, ...string[]]) => (leftOut.has(option[0]) ? [] : option);
  return [
    ...["--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts"],
    ...unlessLeftOut("--unshare-cgroup-try"),
    ...unlessLeftOut("--disable-userns"),
    // No session of its own: the host started it in one without a terminal, and in one process group with all of this a
    // kill of the group reaches the first process in the sandbox at every moment of its start.
    ...["--die-with-parent", "--cap-drop", "ALL", "--hostname", "module"],
    ...["--proc", "/proc", "--dev", "/dev"],
    ...unlessLeftOut("--size", "4096"),
    ...hidden,
    // Without sizes and without making the rest read-only, files in memory would escape every limit of memory.
    ...unlessLeftOut("--size", String(limits.tmpBytes)),
    ...["--tmpfs", "/tmp"],
    ...unlessLeftOut("--size", String(limits.shmBytes)),
    ...["--tmpfs", "/dev/shm"],
    // After the folders in memory, which would hide what lies below paths of their names.
    ...[...seenNeeds(needs)].flatMap(([seen, path]) => ["--ro-bind", path, seen]),
    ...["--ro-bind", codePath, code],
    ...packages.flatMap((path, place) => ["--ro-bind", path, `${PACKAGES}/${place}/node_modules`]),
    ...["--ro-bind", dirname(socketPath), SOCKETS],
    ...["--bind", dataDir, DATA],
    ...["--remount-ro", "/dev", "--remount-ro", "/"],
    ...["--chdir", DATA],
  ];
}

/** Paths of the host by the paths at which they are seen, each once. */
function seenNeeds(needs: readonly Need[]): ReadonlyMap<string, string> {
  return new Map(needs.map((need) => (typeof need === "string" ? [need, need] : [need.seenPath, need.path])));
}
