import type { ModuleGroup } from "./cgroup/module-group.js";

/** What one module may use, in the terms of the kernel. */
export interface LaunchLimits {
  readonly memoryBytes: number;
  readonly descriptors: number;
  readonly fileBytes: number;
  /** Processes beside its first one. */
  readonly processes: number;
  readonly cpuPercent: number;
  readonly tmpBytes: number;
  readonly shmBytes: number;
}

/** What a module asked for, and its operator granted. */
export interface LaunchGrants {
  readonly network: boolean;
  readonly spawn: boolean;
}

/** One start of one module; all paths are absolute and the host's. */
export interface LaunchRequest {
  readonly moduleName: string;
  /** The file that is run; it lies in `codeDir`, or is `codeDir` itself. */
  readonly entryPath: string;
  /** The folder of the module's code, or the one file of it; shown read-only. */
  readonly codePath: string;
  /** Folders with the module's packages; its code links to the one at place `n` as `packages/n/node_modules` beside it. */
  readonly packages?: readonly string[] | undefined;
  /** The module's own folder, the only lasting place that it may write. It exists. */
  readonly dataDir: string;
  /** The socket of the module's path door; its folder exists. */
  readonly socketPath: string;
  readonly limits: LaunchLimits;
  readonly grants: LaunchGrants;
  /** Descriptors that a sandbox closes; what they stand for is empty. Default: none. */
  readonly strays?: readonly number[] | undefined;
}

/** The same places as the module sees them. */
export interface SeenPaths {
  readonly entryPath: string;
  readonly dataDir: string;
  readonly socketPath: string;
}

/** What is run, and what it is told. */
export interface LaunchWords {
  /** Arguments behind the entry point. */
  readonly args: readonly string[];
  /** The whole environment that the module is to have. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A command that starts a module within its layers. */
export interface SandboxedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Working directory of the first process of the chain. */
  readonly workingDir: string;
  /** Open descriptors of the host by the number that they get in the child; {@link close} closes them. */
  readonly descriptors: ReadonlyMap<number, number>;
  /**
   * Number of the child's descriptor on which the sandbox tells of itself (`bwrap --json-status-fd`): the pid of its
   * first process, and how the program within ended. Undefined where the started process is the module itself.
   */
  readonly infoDescriptor: number | undefined;
  /** Whether whatever the module starts ends with it: a pid namespace of its own. */
  readonly holdsProcesses: boolean;
  /** The control group that the process joins; the caller closes it when the process has ended. */
  readonly group?: ModuleGroup | undefined;
  /** Closes what was opened for the start, once the process was started or couldn't be. Idempotent. */
  close(): void;
}
