import type { ModuleConfig } from "../manifest/index.js";

/** The command line of a module process; the environment is `moduleEnvironment`'s. */
export interface LaunchCommand {
  readonly command: string;
  readonly args: readonly string[];
}

export interface LaunchOptions {
  /** Absolute path of the file to run. */
  readonly entryPath: string;
  /** The runtime for JavaScript entry points: the host's own `process.execPath`. */
  readonly nodePath: string;
  /** Where `probeSetpriv` found it; without it the module's life isn't tied to the host's. */
  readonly setprivPath: string | undefined;
  readonly moduleId: string;
  readonly socketPath: string;
  readonly dataDir: string;
}

/** Whether a file is run by the host's own Node.js rather than by the system. */
export function isJavaScript(path: string): boolean {
  return /\.[cm]?js$/.test(path);
}

/**
 * The command that runs a module: JavaScript by Node.js, any other file by itself, both told their
 * identity by flags. Wrapped in setpriv, the kernel kills the process when the host's main thread ends,
 * however it ends: a spinning module would never see its socket close.
 */
export function launchCommand(options: LaunchOptions): LaunchCommand {
  const { entryPath, setprivPath } = options;
  const run = isJavaScript(entryPath) ? [options.nodePath, entryPath] : [entryPath];
  const identity = [
    ...["--module-id", options.moduleId],
    ...["--socket-path", options.socketPath],
    ...["--data-dir", options.dataDir],
  ];
  const wrapper = setprivPath === undefined ? [] : [setprivPath, "--pdeathsig", "KILL", "--"];
  const [command = entryPath, ...args] = [...wrapper, ...run, ...identity];
  return { command, args };
}

export interface ModuleIdentity {
  readonly moduleId: string;
  readonly moduleName: string;
  readonly dataDir: string;
  readonly socketPath: string;
  readonly config: ModuleConfig;
}

/**
 * The whole environment of a module process; nothing of the host's own environment is in it.
 * Configuration keys are upper-cased, dots and dashes stay.
 */
export function moduleEnvironment(identity: ModuleIdentity): Record<string, string> {
  const environment: Record<string, string> = {
    MODULE_ID: identity.moduleId,
    MODULE_NAME: identity.moduleName,
    DATA_DIR: identity.dataDir,
    SOCKET_PATH: identity.socketPath,
    BLVM_IPC_FD: "3",
  };
  for (const [key, value] of identity.config) environment[`MODULE_CONFIG_${key.toUpperCase()}`] = value;
  return environment;
}
