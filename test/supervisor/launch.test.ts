import { describe, expect, it } from "vitest";
import { identityFlags, moduleEnvironment } from "../../src/supervisor/launch.js";

const identity = { moduleId: "probe_1", socketPath: "/run/s", dataDir: "/data" };
const flags = ["--module-id", "probe_1", "--socket-path", "/run/s", "--data-dir", "/data"];

describe("identityFlags", () => {
  it("tells a program that reads no environment who it is", () => {
    expect(identityFlags({ ...identity, moduleName: "probe", config: new Map() })).toEqual(flags);
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
