import type { LaunchGrants, LaunchLimits } from "../launch-request.js";
import type { Machine } from "../machine.js";
import type { LayerReport } from "../report.js";
import { taskLimit } from "./limits.js";

/** What the host says of a layer that it watches over itself. */
export type LayerFinding = Pick<LayerReport, "status" | "mechanism" | "reason" | "remedy">;

/** What setpriv, bubblewrap and prlimit take beside the module. */
const CHAIN_BYTES = 4 * 1024 * 1024;
const CHAIN_TASKS = 4;
const PERIOD_US = 100_000;
const LEAST_QUOTA_US = 1000;

/**
 * L6: the values of a module's control group, by the kernel's names. Files in memory count there, and have sizes of
 * their own: a full /tmp is to end with ENOSPC, not with the module's death.
 * @see Control Group v2, kernel documentation
 */
export function totalsValues(
  limits: LaunchLimits,
  grants: LaunchGrants,
): readonly (readonly [file: string, value: string])[] {
  const { memoryBytes, tmpBytes, shmBytes, cpuPercent } = limits;
  const quotaUs = Math.max(LEAST_QUOTA_US, Math.round((cpuPercent / 100) * PERIOD_US));
  return [
    ["memory.max", String(memoryBytes + tmpBytes + shmBytes + CHAIN_BYTES)],
    ["memory.swap.max", "0"],
    ["memory.oom.group", "1"],
    ["pids.max", String(taskLimit(limits, grants) + CHAIN_TASKS)],
    ["cpu.max", `${quotaUs} ${PERIOD_US}`],
  ];
}

/** How far L6 holds on this machine: control groups bound it whole, lower priority and RLIMIT_CPU only processor time. */
export function totalsStatus({ platform, tools, cgroup }: Machine): LayerFinding {
  if (cgroup?.kind === "divided" && cgroup.problem === undefined) {
    const mechanism = `a control group per module below ${cgroup.path} (memory.max, memory.swap.max, pids.max, cpu.max)`;
    return { status: "enforced", mechanism, reason: null, remedy: null };
  }
  const rolling = platform === "linux" && tools.prlimit !== undefined;
  const mechanism = rolling
    ? "a lower priority (nice) and a limit of processor time that the host moves on (RLIMIT_CPU)"
    : "a lower priority (nice)";
  const found = reasonOf(cgroup);
  return {
    status: "partial",
    mechanism,
    reason: `${found.reason}: what several processes of a module take together is only watched`,
    remedy: found.remedy,
  };
}

function reasonOf(cgroup: Machine["cgroup"]): { reason: string; remedy: string | null } {
  switch (cgroup?.kind) {
    case undefined:
      return { reason: "this system has no control groups", remedy: null };
    case "none":
      return cgroup;
    case "delegated":
      return { reason: `nobody tried to divide ${cgroup.path}`, remedy: null };
    case "divided":
      return {
        reason: `${cgroup.path}: ${cgroup.problem ?? "unknown"}`,
        remedy: "use a kernel with the controllers cpu, memory and pids",
      };
  }
}
