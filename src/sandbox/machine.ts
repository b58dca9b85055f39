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
  /** What the runtime has of RLIMIT_DATA before a module does anything. */
  readonly runtimeDataBytes: number;
  /** Options of bubblewrap that are not used, because this one doesn't know them or the kernel doesn't let it. */
  readonly leftOut: ReadonlySet<string>;
}
