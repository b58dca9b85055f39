import { describe, expect, it } from "vitest";
import { defineErrors, type EngineError } from "../../src/errors.js";
import { errorFromWire, ipcErrors } from "../../src/ipc/index.js";
import {
  bareDependencies,
  type Caller,
  createNodeApi,
  type ModuleDirectory,
  type ModuleInfoRecord,
  noModules,
} from "../../src/node-api/index.js";
import { ModuleApis } from "../../src/node-api/modules/module-apis.js";
import { expectThreeParts } from "../kit/ipc-three-parts.js";
import { virtualClock } from "../kit/ipc-virtual-clock.js";
import { type Asking, ask, askAndWait, refusalOf } from "./start-api.js";

const capabilities = [
  "call_module",
  "register_module_api",
  "discover_modules",
  "read_metrics",
  "report_metrics",
] as const;
const params = Uint8Array.of(1);

function record(name: string): ModuleInfoRecord {
  const module_id = `${name}_${"0".repeat(32)}`;
  return {
    module_id,
    module_name: name,
    version: "1.0.0",
    capabilities: [],
    status: "Running",
    api_version: 1,
  };
}

interface Invoked {
  readonly payload: unknown;
  readonly timeoutMs: number;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** One API, the modules that talk to it, and a clock that stands still. */
function world(directory: Partial<ModuleDirectory> = {}) {
  const clock = virtualClock();
  const modules = { ...noModules, problemOf: () => undefined, ...directory };
  const api = createNodeApi(bareDependencies({ publish: () => 1, modules, scheduler: clock.scheduler }));
  const join = (moduleName: string) => {
    const invoked: Invoked[] = [];
    const closers: (() => void)[] = [];
    const caller: Partial<Caller> = {
      moduleName,
      moduleId: `${moduleName}_${"0".repeat(32)}`,
      onClosed: (run) => closers.push(run),
      invoke: (_kind, payload, timeoutMs) =>
        new Promise((resolve, reject) => invoked.push({ payload, timeoutMs, resolve, reject })),
    };
    const asking = { capabilities, api, caller } satisfies Asking;
    return { invoked, closers, asking };
  };
  return { clock, api, join };
}

describe("RegisterModuleApi", () => {
  it.each([
    ["an empty name", [""]],
    ["a name with a colon", ["a::b"]],
    ["a name with a space", ["a b"]],
    ["a name of 129 characters", ["a".repeat(129)]],
    ["a name with a line break at its end", ["a\n"]],
    ["a name in other letters", ["é"]],
    ["a number", [5]],
    ["257 methods", Array.from({ length: 257 }, (_, n) => `m${n}`)],
    ["no list", "echo"],
  ])("refuses %s", (_what, methods) => {
    const refusal = refusalOf(ask("RegisterModuleApi", { methods, api_version: 1 }, { capabilities }));
    expect(refusal.code).toBe("INVALID_PARAMS");
    expectThreeParts(refusal.message);
  });

  it("takes 256 methods, one of them twice, of 128 characters", () => {
    const methods = ["m0", ...Array.from({ length: 255 }, (_, n) => `m${n}`.padEnd(128, "-"))];
    expect(ask("RegisterModuleApi", { methods, api_version: 2 }, { capabilities }).answers).toEqual([null]);
  });

  it("hooks into a connection once, however often it comes", () => {
    const apis = new ModuleApis();
    const closers: (() => void)[] = [];
    const callee = {
      moduleName: "busy",
      onClosed: (run: () => void) => closers.push(run),
    } as unknown as Caller;
    for (let n = 0; n < 100; n++) {
      apis.register(callee, ["echo", `m${n}`], 1);
      if (n % 2 === 0) apis.unregister(callee);
    }
    expect(closers).toHaveLength(1);
    expect([...(apis.of("busy")?.methods ?? [])]).toEqual(["echo", "m99"]);
    expect(() => apis.firstWith("m98")).toThrow("m98");
    closers[0]?.();
    expect(apis.of("busy")).toBe(undefined);
  });
});

describe("CallModule", () => {
  async function scene(directory: Partial<ModuleDirectory> = {}) {
    const made = world(directory);
    const callee = made.join("callee");
    const asker = made.join("asker");
    const register = () => ask("RegisterModuleApi", { methods: ["echo"], api_version: 3 }, callee.asking);
    const call = (fields: object = {}) =>
      askAndWait(
        "CallModule",
        { target_module_id: "callee", method: "echo", params, ...fields },
        asker.asking,
      );
    return { ...made, callee, asker, register, call };
  }

  it("gives the callee five seconds unless the caller says more, and at most 60", async () => {
    const { callee, call, register } = await scene();
    register();
    const calls = [{}, { timeout_ms: 60_000 }, { timeout_ms: 1 }].map((fields) => call(fields));
    await Promise.resolve();
    for (const { resolve } of callee.invoked) resolve(params);
    await Promise.all(calls);
    expect(callee.invoked.map(({ timeoutMs }) => timeoutMs)).toEqual([5000, 60_000, 1]);
    expect(callee.invoked[0]?.payload).toEqual({
      method: "echo",
      params,
      caller_module_id: `asker_${"0".repeat(32)}`,
      call_id: 1,
      deadline_ms: 5000,
    });
    for (const timeout_ms of [0, 60_001, -1, 1.5])
      expect(refusalOf(await call({ timeout_ms })).code).toMatch(/^(RANGE_ERROR|INVALID_PARAMS)$/);
  });

  it("tells the host's own deadline from one that the callee answers with", async () => {
    const { callee, call, register } = await scene();
    register();
    const [own, forged, lost] = [call(), call(), call()];
    await Promise.resolve();
    const [first, second, third] = callee.invoked as [Invoked, Invoked, Invoked];
    first.reject(ipcErrors.DEADLINE({ call: "module_api", timeoutMs: 5000 }));
    second.reject(errorFromWire({ code: "DEADLINE", message: "said so", retryable: false }));
    third.reject(ipcErrors.CONNECTION_CLOSED({ reason: "gone" }));
    expect(refusalOf(await own)).toMatchObject({ code: "TIMEOUT", details: { timeoutMs: 5000 } });
    expect(refusalOf(await forged)).toMatchObject({ code: "DEADLINE", details: { from: "callee" } });
    expect(refusalOf(await lost)).toMatchObject({ code: "MODULE_UNAVAILABLE", retryable: true });
  });

  it("keeps details that are no map, and lets nobody speak for another", async () => {
    const { callee, call, register } = await scene();
    register();
    for (const [details, told] of [
      [[1], { details: [1], from: "callee" }],
      [null, { from: "callee" }],
      ["text", { details: "text", from: "callee" }],
      [
        { from: "somebody", n: 1 },
        { from: "callee", n: 1 },
      ],
    ]) {
      const answered = call();
      await Promise.resolve();
      callee.invoked.at(-1)?.reject(errorFromWire({ code: "OWN", message: "m", details, retryable: true }));
      expect(refusalOf(await answered)).toMatchObject({
        code: "OWN",
        message: "m",
        details: told,
        retryable: true,
      });
    }
  });

  it("loads a module that is loaded on demand and waits until it offers the method", async () => {
    let isLoaded = false;
    const { callee, call, register, clock } = await scene({
      problemOf: () => (isLoaded ? undefined : "it is not loaded"),
      ensureLoaded: async () => {
        isLoaded = true;
      },
    });
    const answered = call();
    // It says that it is ready before it offers anything.
    for (let n = 0; n < 10; n++) await Promise.resolve();
    clock.advanceMs(900);
    register();
    for (let n = 0; n < 10; n++) await Promise.resolve();
    expect(callee.invoked.map(({ timeoutMs }) => timeoutMs)).toEqual([4100]);
    callee.invoked[0]?.resolve(params);
    expect((await answered).answers).toEqual([params]);
  });

  it("waits a second and no longer for a module that offers nothing after it was loaded", async () => {
    let isLoaded = false;
    const { call, clock } = await scene({
      problemOf: () => (isLoaded ? undefined : "it is not loaded"),
      ensureLoaded: async () => {
        isLoaded = true;
      },
    });
    const answered = call();
    for (let n = 0; n < 10; n++) await Promise.resolve();
    clock.advanceMs(1000);
    expect(refusalOf(await answered)).toMatchObject({ code: "UNKNOWN_METHOD", details: { offered: [] } });
  });

  it("counts the time of a load, and says why a load failed", async () => {
    const problemOf = () => "it is not loaded";
    const slow = await scene({ problemOf, ensureLoaded: () => new Promise(() => {}) });
    const late = slow.call();
    await Promise.resolve();
    slow.clock.advanceMs(5000);
    expect(refusalOf(await late).code).toBe("TIMEOUT");
    const broken = defineErrors({ BROKEN: () => "its code is broken" });
    const failing = await scene({
      problemOf,
      ensureLoaded: () => Promise.reject(broken.BROKEN(undefined as never)),
    });
    const failed: EngineError = refusalOf(await failing.call());
    expect(failed.code).toBe("MODULE_UNAVAILABLE");
    expect(failed.message).toContain("its code is broken");
  });

  it("leaves nothing behind when the callee's connection closes", async () => {
    const { api, callee, call, register } = await scene();
    register();
    expect(api.services.calls.apis.of("callee")?.version).toBe(3);
    for (const run of callee.closers) run();
    expect(api.services.calls.apis.of("callee")).toBe(undefined);
    expect(refusalOf(await call({ target_module_id: undefined })).code).toBe("UNKNOWN_METHOD");
  });
});

describe("the queries of modules", () => {
  const loaded = ["b", "a"].map(record);
  const directory: Partial<ModuleDirectory> = {
    loaded: () => loaded,
    find: async (key) => (key === "c" ? { ...record("c"), module_id: "", status: "Stopped" } : undefined),
    problemOf: (name) => (name === "a" ? "it is stopping" : undefined),
    healthOf: (name) => (name === "a" ? { Degraded: "slow" } : name === "b" ? "Healthy" : undefined),
  };

  it("find a module by its whole name or id, loaded or only installed", async () => {
    const { join } = world(directory);
    const { asking } = join("b");
    ask("RegisterModuleApi", { methods: [], api_version: 7 }, asking);
    const find = async (module_id: string) =>
      (await askAndWait("GetModuleInfo", { module_id }, asking)).answers;
    const b = { ...record("b"), api_version: 7 };
    expect(await find("b")).toEqual([b]);
    expect(await find(b.module_id)).toEqual([b]);
    expect(await find("c")).toMatchObject([{ module_name: "c", status: "Stopped", api_version: 1 }]);
    for (const key of ["", "b_", "B", "a_b"]) expect(await find(key)).toEqual([null]);
    expect(ask("DiscoverModules", {}, asking).answers).toEqual([[b, record("a")]]);
  });

  it("say that a module can be called only when it can", () => {
    const { asking } = world(directory).join("b");
    const can = (module_id: string) => ask("IsModuleAvailable", { module_id }, asking).answers[0];
    expect(["b", record("b").module_id, "a", "c", "nobody"].map(can)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it("tell the health of one and of all, sorted by name", () => {
    const { asking } = world(directory).join("b");
    const health = (module_id: string) => ask("GetModuleHealth", { module_id }, asking).answers[0];
    expect(["a", record("b").module_id, "c"].map(health)).toEqual([{ Degraded: "slow" }, "Healthy", null]);
    expect(ask("GetAllModuleHealth", {}, asking).answers).toEqual([
      [
        ["a", { Degraded: "slow" }],
        ["b", "Healthy"],
      ],
    ]);
  });

  it("take a module's word for its own health, and for no crash", () => {
    const said: unknown[] = [];
    const { asking } = world({ ...directory, reportHealth: (...each) => said.push(each) }).join("b");
    ask("ReportModuleHealth", { health: { Unresponsive: "no disk" } }, asking);
    expect(refusalOf(ask("ReportModuleHealth", { health: { Crashed: "x" } }, asking)).code).toBe(
      "INVALID_PARAMS",
    );
    expect(said).toEqual([["b", { Unresponsive: "no disk" }]]);
  });
});
