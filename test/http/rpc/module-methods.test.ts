import { describe, expect, it } from "vitest";
import { type ModuleManagement, moduleMethods, type RpcMethods } from "../../../src/http/index.js";
import { moduleNameProblem } from "../../../src/manifest/index.js";

function start(overrides: Partial<ModuleManagement> = {}) {
  const calls: string[] = [];
  const note = (verb: string) => async (name: string) => void calls.push(`${verb} ${name}`);
  const methods: RpcMethods = moduleMethods({
    loadModule: note("load"),
    unloadModule: note("unload"),
    reloadModule: note("reload"),
    loadedNames: () => ["b", "a"],
    nameProblem: moduleNameProblem,
    ...overrides,
  });
  const call = async (name: string, params?: unknown) => methods[name]?.call(name, params);
  return { call, calls };
}

describe("module methods", () => {
  it("answer with the documented texts when the host has done it", async () => {
    const { call, calls } = start();
    expect(await call("loadmodule", ["one"])).toBe("Module loaded");
    expect(await call("unloadmodule", { name: "one" })).toBe("Module unloaded");
    expect(await call("reloadmodule", ["two"])).toBe("Module reloaded");
    expect(calls).toEqual(["load one", "unload one", "reload two"]);
  });

  it("list the loaded modules in name order", async () => {
    const { call } = start();
    expect(await call("listmodules")).toEqual(["a", "b"]);
    expect(await call("listmodules", [])).toEqual(["a", "b"]);
  });

  it("refuse a name that no module can have, and name the rule", async () => {
    const { call, calls } = start();
    const wrong = [
      "",
      "../../x",
      "a/b",
      "a_b",
      "A",
      "ä",
      "\0",
      "\ud800",
      "-a",
      "x".repeat(65),
      "data_dir",
      "a b",
      7,
      null,
      ["a"],
    ];
    for (const method of ["loadmodule", "unloadmodule", "reloadmodule"]) {
      for (const name of wrong) {
        await expect(call(method, [name]), JSON.stringify(name)).rejects.toMatchObject({
          code: "RPC_INVALID_PARAMS",
          details: { field: "params.name" },
          message: expect.stringMatching(/1 to 64 characters of a-z, 0-9 and -/),
        });
      }
      await expect(call(method, [])).rejects.toMatchObject({ code: "RPC_INVALID_PARAMS" });
      await expect(call(method, ["a", "b"])).rejects.toMatchObject({ code: "RPC_INVALID_PARAMS" });
      await expect(call(method, { name: "a", force: true })).rejects.toMatchObject({
        code: "RPC_INVALID_PARAMS",
      });
    }
    expect(calls).toEqual([]);
  });
});
