import { dirname } from "node:path";
import { silentLogger } from "../../src/log.js";
import type { LaunchRequest, LaunchWords, SandboxedCommand } from "../../src/sandbox/index.js";
import { Sandbox } from "../../src/sandbox/index.js";

const MIB = 1024 * 1024;

/** A launch with limits that nothing small meets and without grants. */
export function launchRequest(paths: Pick<LaunchRequest, "entryPath" | "dataDir">): LaunchRequest {
  return {
    moduleName: "probe",
    codePath: dirname(paths.entryPath),
    socketPath: "/run/s",
    limits: {
      memoryBytes: 512 * MIB,
      descriptors: 256,
      fileBytes: 64 * MIB,
      processes: 10,
      cpuPercent: 100,
      tmpBytes: 8 * MIB,
      shmBytes: MIB,
    },
    grants: { network: false, spawn: false },
    ...paths,
  };
}

/** The command of a module that runs without a sandbox. */
export async function commandWithoutSandbox(
  paths: Pick<LaunchRequest, "entryPath" | "dataDir">,
  words: LaunchWords = { args: [], environment: {} },
): Promise<SandboxedCommand> {
  const sandbox = await Sandbox.open({ log: silentLogger }, { mode: "off" });
  return sandbox.launch(launchRequest(paths), () => words);
}
