import type { ModuleConfig } from "../manifest/index.js";

/** Whether a file is run by the host's own Node.js rather than by the system. */
export function isJavaScript(path: string): boolean {
  return /\.[cm]?js$/.test(path);
}

/** The program that is started first, and its arguments. */
export interface LaunchCommand {
  readonly command: string;
  readonly args: readonly string[];
}

export interface ModuleIdentity {
  readonly moduleId: string;
  readonly moduleName: string;
  readonly dataDir: string;
  readonly socketPath: string;
  readonly config: ModuleConfig;
}

/** The flags that tell a module its identity, for programs that don't read the environment. */
export function identityFlags({ moduleId, socketPath, dataDir }: ModuleIdentity): string[] {
  return ["--module-id", moduleId, "--socket-path", socketPath, "--data-dir", dataDir];
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
