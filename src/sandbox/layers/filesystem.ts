import { basename, dirname, join } from "node:path";
import type { LaunchRequest, SeenPaths } from "../launch-request.js";

const CODE = "/module";
const DATA = "/data";
const SOCKETS = "/run/blvm";

/**
 * Process 1 is bubblewrap's own, of the same user: through /proc/1/mem a module could write its own code into it, which no
 * limit would hold and no signal of the host's would reach. A shared mapping of /dev/zero is memory that no limit counts;
 * under a device of a mount without devices it can't be opened.
 */
const hidden = [
  ...["--size", "4096", "--tmpfs", "/proc/1", "--remount-ro", "/proc/1"],
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
export function filesystemArgs(request: LaunchRequest, needs: readonly string[]): string[] {
  const { codePath, dataDir, entryPath, socketPath, limits } = request;
  const code = entryPath === codePath ? pathsInSandbox(request).entryPath : CODE;
  return [
    ...["--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"],
    ...[
      "--disable-userns",
      "--die-with-parent",
      "--new-session",
      "--cap-drop",
      "ALL",
      "--hostname",
      "module",
    ],
    ...[...new Set(needs)].flatMap((path) => ["--ro-bind", path, path]),
    ...["--proc", "/proc", "--dev", "/dev"],
    ...hidden,
    // Without sizes and without making the rest read-only, files in memory would escape every limit of memory.
    ...["--size", String(Math.max(4096, limits.tmpBytes)), "--tmpfs", "/tmp"],
    ...["--size", String(Math.max(4096, limits.shmBytes)), "--tmpfs", "/dev/shm"],
    ...["--ro-bind", codePath, code],
    ...["--ro-bind", dirname(socketPath), SOCKETS],
    ...["--bind", dataDir, DATA],
    ...["--remount-ro", "/dev", "--remount-ro", "/"],
    ...["--chdir", DATA],
  ];
}
