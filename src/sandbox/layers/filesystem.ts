import { basename, dirname, join } from "node:path";
import type { LaunchRequest, SeenPaths } from "../launch-request.js";

const CODE = "/module";
const DATA = "/data";
const SOCKETS = "/run/blvm";

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
  needs: readonly string[],
  leftOut: ReadonlySet<string>,
): string[] {
  const { codePath, dataDir, entryPath, socketPath, limits } = request;
  const code = entryPath === codePath ? pathsInSandbox(request).entryPath : CODE;
  const unlessLeftOut = (...option: [string, ...string[]]) => (leftOut.has(option[0]) ? [] : option);
  return [
    ...["--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts"],
    ...unlessLeftOut("--unshare-cgroup-try"),
    ...unlessLeftOut("--disable-userns"),
    ...["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "module"],
    ...["--proc", "/proc", "--dev", "/dev"],
    // Without sizes and without making the rest read-only, files in memory would escape every limit of memory.
    ...unlessLeftOut("--size", String(Math.max(4096, limits.tmpBytes))),
    ...["--tmpfs", "/tmp"],
    ...unlessLeftOut("--size", String(Math.max(4096, limits.shmBytes))),
    ...["--tmpfs", "/dev/shm"],
    // Behind the folders in memory, which would cover what lies below /tmp.
    ...[...new Set(needs)].flatMap((path) => ["--ro-bind", path, path]),
    ...["--ro-bind", codePath, code],
    ...["--ro-bind", dirname(socketPath), SOCKETS],
    ...["--bind", dataDir, DATA],
    ...["--remount-ro", "/dev", "--remount-ro", "/"],
    ...["--chdir", DATA],
  ];
}
