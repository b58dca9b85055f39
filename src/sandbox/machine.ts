import type { CgroupFinding } from "./cgroup/find-cgroup.js";
import type { Tools } from "./tools.js";

/** A user by number. */
export interface UserIds {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** What this machine offers, found out once when the host starts. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Whom the host runs as; undefined where the system has no numbers for that. */
  readonly hostUid: number | undefined;
  /** Whom modules are run as; undefined when that is the host's own user. */
  readonly user: UserIds | undefined;
  readonly tools: Tools;
  /** Absolute real path of the JavaScript runtime. */
  readonly nodePath: string;
  /**
   * What the runtime takes of RLIMIT_DATA without ever using it: reserved stacks. Resident memory meets a limit when
   * RLIMIT_DATA is that limit and this much more.
   */
  readonly runtimeDataBytes: number;
  /** Resident memory of the runtime before a module does anything. */
  readonly runtimeResidentBytes?: number | undefined;
  /** Version of the kernel, "6.1.0-18-amd64"; undefined counts as too old for what depends on it. */
  readonly kernelRelease?: string | undefined;
  /** Whether the host may divide its resources among groups of processes; undefined when nobody looked. */
  readonly cgroup?: CgroupFinding | undefined;
  /** Options of bubblewrap that are not used, because this one doesn't know them or the kernel doesn't let it. */
  readonly leftOut?: ReadonlySet<string> | undefined;
}
