import type { LaunchLimits } from "../launch-request.js";
import type { Tools } from "../tools.js";

const STACK_BYTES = 8 * 1024 * 1024;

/**
 * L5: the limits of the kernel that hold per process. RLIMIT_DATA is the one that bounds heap, buffers, WebAssembly and
 * threads alike: what the program itself takes plus the module's budget. Empty without prlimit.
 */
export function limitArgs({ prlimit }: Tools, limits: LaunchLimits, baseDataBytes: number): string[] {
  if (prlimit === undefined) return [];
  return [
    prlimit,
    `--data=${baseDataBytes + limits.memoryBytes}`,
    `--nofile=${limits.descriptors}`,
    `--fsize=${limits.fileBytes}`,
    `--stack=${STACK_BYTES}`,
    "--core=0",
    "--",
  ];
}
