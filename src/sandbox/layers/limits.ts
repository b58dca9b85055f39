import type { LaunchGrants, LaunchLimits } from "../launch-request.js";
import type { Tools } from "../tools.js";

const STACK_BYTES = 8 * 1024 * 1024;
/** Threads of the module's own program: Node.js has eleven, and each Worker is one more. */
const THREADS_OF_PROGRAM = 64;
/** Threads of each process that it starts. */
const THREADS_OF_CHILD = 16;

/**
 * L5: the limits of the kernel that hold per process. RLIMIT_DATA is the one that bounds heap, buffers, WebAssembly and
 * threads alike: the module's limit and what the program reserves without using it. `tasks` is left out where the
 * kernel would count those of other programs as well. Empty without prlimit.
 * @see getrlimit(2)
 */
export function limitArgs(
  { prlimit }: Tools,
  limits: LaunchLimits,
  baseDataBytes: number,
  tasks?: number,
): string[] {
  if (prlimit === undefined) return [];
  return [
    prlimit,
    `--data=${baseDataBytes + limits.memoryBytes}`,
    `--nofile=${limits.descriptors}`,
    `--fsize=${limits.fileBytes}`,
    `--stack=${STACK_BYTES}`,
    "--core=0",
    ...(tasks === undefined ? [] : [`--nproc=${tasks}`]),
    "--",
  ];
}

/** How many tasks a module may have at once, threads and processes together, with the sandbox's own first process. */
export function taskLimit({ processes }: LaunchLimits, { spawn }: LaunchGrants): number {
  return 1 + THREADS_OF_PROGRAM + (spawn ? processes * THREADS_OF_CHILD : 0);
}

/**
 * Whether RLIMIT_NPROC counts the tasks of one user namespace alone; before Linux 5.14 it counts all of the user's, so
 * that one module would be refused what another took.
 */
export function countsTasksPerNamespace(kernelRelease: string | undefined): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(kernelRelease ?? "") ?? [];
  return Number(major) > 5 || (Number(major) === 5 && Number(minor) >= 14);
}
