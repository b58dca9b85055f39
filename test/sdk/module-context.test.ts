import { describe, expect, it } from "vitest";
import { readModuleContext } from "../../src/sdk/module-context.js";

describe("readModuleContext", () => {
  const flags = ["--module-id", "m_1", "--socket-path=/s/node.sock", "--data-dir", "/d"];

  it("reads identity, folder, path and configuration from the environment", () => {
    const env = {
      MODULE_ID: "probe_00",
      MODULE_NAME: "probe",
      DATA_DIR: "/data/probe",
      SOCKET_PATH: "/run/node.sock",
      MODULE_CONFIG_FEES: "true",
      MODULE_CONFIG_LIMITS_MAX: "5",
      OTHER: "x",
    };
    expect(readModuleContext(env, [])).toEqual({
      module_id: "probe_00",
      module_name: "probe",
      data_dir: "/data/probe",
      socket_path: "/run/node.sock",
      config: { fees: "true", limits_max: "5" },
    });
  });

  it("reads the flags where the environment is silent", () => {
    expect(readModuleContext({}, flags)).toMatchObject({
      module_id: "m_1",
      socket_path: "/s/node.sock",
      data_dir: "/d",
    });
  });

  it("lets the environment win over the flags", () => {
    expect(readModuleContext({ MODULE_ID: "env_1" }, flags)).toMatchObject({
      module_id: "env_1",
      data_dir: "/d",
    });
  });

  it("is empty text where neither says anything, whatever else the command line holds", () => {
    expect(readModuleContext({}, ["run", "-x", "--data-dir=", "--module-id"])).toEqual({
      module_id: "",
      module_name: "",
      data_dir: "",
      socket_path: "",
      config: {},
    });
  });
});
