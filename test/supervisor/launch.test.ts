import { describe, expect, it } from "vitest";
import { launchCommand, moduleEnvironment } from "../../src/supervisor/launch.js";

const identity = { moduleId: "probe_1", socketPath: "/run/s", dataDir: "/data" };
const flags = ["--module-id", "probe_1", "--socket-path", "/run/s", "--data-dir", "/data"];
const nodePath = "/usr/bin/node";

describe("launchCommand", () => {
  it.each(["/m/main.js", "/m/main.mjs", "/m/main.cjs"])("runs %s by the host's own Node.js", (entryPath) => {
    const launch = launchCommand({ entryPath, nodePath, setprivPath: undefined, ...identity });
    expect(launch).toEqual({ command: nodePath, args: [entryPath, ...flags] });
  });

  it("runs any other file by itself", () => {
    const launch = launchCommand({ entryPath: "/m/main", nodePath, setprivPath: undefined, ...identity });
    expect(launch).toEqual({ command: "/m/main", args: flags });
  });

  it("ties the module's life to the host's where setpriv exists", () => {
    const launch = launchCommand({
      entryPath: "/m/main",
      nodePath,
      setprivPath: "/bin/setpriv",
      ...identity,
    });
    expect(launch.command).toBe("/bin/setpriv");
    expect(launch.args).toEqual(["--pdeathsig", "KILL", "--", "/m/main", ...flags]);
  });
});

describe("moduleEnvironment", () => {
  it("holds identity and configuration and nothing else", () => {
    const config = new Map([["limits.per-day", "5"]]);
    expect(moduleEnvironment({ ...identity, moduleName: "probe", config })).toEqual({
      MODULE_ID: "probe_1",
      MODULE_NAME: "probe",
      DATA_DIR: "/data",
      SOCKET_PATH: "/run/s",
      BLVM_IPC_FD: "3",
      "MODULE_CONFIG_LIMITS.PER-DAY": "5",
    });
  });
});
