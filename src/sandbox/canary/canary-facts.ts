import type { LaunchLimits } from "../launch-request.js";
import type { UserIds } from "../machine.js";
import type { CanaryArch } from "./system-calls.js";

export type NamespaceName = "ipc" | "net" | "pid" | "uts";

/** What the probes are made from: where the canary is, and what of its host it must not find. */
export interface CanaryFacts {
  readonly arch: CanaryArch;
  readonly hostPid: number;
  /** Whom it is to run as; undefined when that is the host's own user. */
  readonly user: UserIds | undefined;
  /** The host's own namespaces as `/proc/self/ns` tells them; those that it can't tell are left out. */
  readonly namespaces: Readonly<Partial<Record<NamespaceName, string>>>;
  /** A file of its code beside the program, as the canary sees it. */
  readonly codeWitness: string;
  /** The folder of its code, as the canary sees it. */
  readonly codeDir: string;
  /** A file of the host that anybody may read and write, by the host's path. */
  readonly openFile: string;
  /** The host user's home; undefined where it can't be told from a folder of every system. */
  readonly homeDir: string | undefined;
  /** Name of an abstract Unix socket on which the host listens, as it stands in a socket address; undefined without one. */
  readonly socketName: Buffer | undefined;
  readonly limits: LaunchLimits;
  /** What its environment may hold, as `NAME=value`. */
  readonly environment: readonly string[];
  /** Descriptors on which the launch puts the null device, because the host's starter left something open there. */
  readonly coveredDescriptors: readonly number[];
}
