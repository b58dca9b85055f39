import { describe, expect, it } from "vitest";
import { errorFromWire, ipcErrors } from "../../../src/ipc/index.js";
import { coreRpcMethods } from "../../../src/node-api/index.js";
import { expectThreeParts } from "../../kit/ipc-three-parts.js";
import { connectedCaller } from "../../node-api/rpc/connected-caller.js";
import { exampleStats, startCore } from "./start-core.js";

const core = startCore();
const named = Object.entries(core.methods).flatMap(([method, { params }]) =>
  params.map((param) => [method, param.name] as const),
);
const plain = Object.entries(core.methods).filter(
  ([name, { params }]) => params.length === 0 && !["getdescriptorinfo", "analyzepsbt"].includes(name),
);

const goodValues: Readonly<Record<string, unknown>> = {
  event: 1,
  cli_name: "one",
  subcommand: "run",
  limit: 1,
  hash: "00".repeat(32),
  txid: "00".repeat(32),
};

/** Of no parameter's type, or of it and never right. */
const hostileValues: readonly (readonly [string, unknown])[] = [
  ["null", null],
  ["a list in a list", [[]]],
  ["an object", { a: 1 }],
  ["an object that looks like a list", { length: 1, 0: "a" }],
  ["a fraction", 0.5],
  ["a negative number", -1],
  ["a number above all integers", 2 ** 60],
  ["10 MB of text", "a".repeat(10_000_000)],
  ["half of a surrogate pair", "a\ud800"],
  ["NUL", "a\0"],
  ["a list with NUL", ["a\0"]],
  ["a list with half of a surrogate pair", ["\udfff"]],
  ["a list with a number", ["a", 1]],
  ["a list with 10 MB of text", ["a".repeat(10_000_000)]],
  ["a list of 100,000", Array.from({ length: 100_000 }, () => "a")],
];

describe("the node's own methods", () => {
  it("are those that no module can register, in that order", () => {
    expect(Object.keys(core.methods)).toEqual([...coreRpcMethods]);
  });

  it.each(named)("%s tells what its parameter %s may be", (method, param) => {
    const { description } = core.methods[method]?.params.find(({ name }) => name === param) ?? {};
    expect(description).not.toBe("");
  });

  it.each(named)("%s refuses whatever its parameter %s can't be, and names it", async (method, param) => {
    const { methods, effects } = startCore();
    const names = methods[method]?.params.map(({ name }) => name) ?? [];
    const before = names.slice(0, names.indexOf(param)).map((name) => [name, goodValues[name]]);
    for (const [what, value] of hostileValues) {
      const params = { ...Object.fromEntries(before), [param]: value };
      const refusal = await methods[method]?.call(method, params).then(
        () => undefined,
        (error: unknown) => error as { code: string; message: string; details: { field: string } },
      );
      expect([what, refusal?.code]).toEqual([what, "RPC_INVALID_PARAMS"]);
      expect(`${refusal?.details.field}.`.startsWith(`params.${param}.`), refusal?.details.field).toBe(true);
      expect(refusal?.message.length).toBeLessThan(1000);
      expectThreeParts(refusal?.message ?? "");
    }
    expect(effects).toEqual([]);
  });

  it.each(plain.map(([name]) => name))(
    "%s refuses parameters, whose names it does not repeat at length",
    async (method) => {
      const { methods, effects } = startCore();
      for (const params of [[1], { a: 1 }, { ["a".repeat(10_000_000)]: 1 }, { "\ud800\0": 1 }]) {
        const refusal = await methods[method]?.call(method, params).then(
          () => undefined,
          (error: unknown) => error as { code: string; message: string },
        );
        // What the source can't do it refuses whatever it is given.
        const isMissing = methods[method]?.description === "not available from this chain source";
        expect(refusal?.code).toBe(isMissing ? "NOT_AVAILABLE" : "RPC_INVALID_PARAMS");
        expect(refusal?.message.length).toBeLessThan(1000);
      }
      expect(effects).toEqual([]);
    },
  );

  it("run a module's command with texts alone, of which none is dropped", async () => {
    const { call, effects } = startCore();
    const ran = { stdout: "out", stderr: "err", exit_code: 3 };
    expect(await call("runmodulecli", ["one", "a:b"])).toHaveProperty("result", ran);
    expect(await call("runmodulecli", ["one", "run", "--x", "1"])).toHaveProperty("result", ran);
    expect(await call("runmodulecli", { cli_name: "one", subcommand: "run", args: ["y"] })).toHaveProperty(
      "result",
      ran,
    );
    expect(effects).toEqual([
      'run ["one","a:b",[]]',
      'run ["one","run",["--x","1"]]',
      'run ["one","run",["y"]]',
    ]);
    for (const wrong of [1, null, true, ["a"], { a: 1 }]) {
      expect(await call("runmodulecli", ["one", "run", "a", wrong])).toMatchObject({
        error: { code: -32_602, data: { details: { field: "params.args.1" } } },
      });
    }
    expect(effects).toHaveLength(3);
  });

  it("tell and reset delivery statistics, and name the modules that have some", async () => {
    const { call, effects } = startCore();
    expect(await call("getdeliverystats", ["one"])).toHaveProperty("result", exampleStats);
    expect(await call("getalldeliverystats")).toHaveProperty("result", { one: exampleStats });
    expect(await call("resetdeliverystats", ["one"])).toHaveProperty("result", null);
    for (const method of ["getdeliverystats", "resetdeliverystats"]) {
      expect(await call(method, ["nobody"])).toHaveProperty("error.data.code", "NO_STATS");
    }
    expect(effects).toEqual(["reset one"]);
    expect(await call("getsubscribers", ["NewBlock"])).toHaveProperty("result", ["NewBlock", "one", "two"]);
    expect(await call("getsubscribers", ["NewBlok"])).toMatchObject({
      error: { code: -32_602, message: expect.stringContaining("did you mean NewBlock?") },
    });
  });

  it("tell where one event went, seen from one module", async () => {
    const { call } = startCore();
    expect(await call("explainevent", [7, "one"])).toHaveProperty("result", {
      module: "one",
      seq: 7,
      fate: "not_published",
      text: "No such event.",
    });
    expect(await call("explainevent", [0, "one"])).toMatchObject({
      error: { code: -32_602, data: { details: { field: "params.event" } } },
    });
  });

  it("show the audit log, of one module where one is named", async () => {
    const { call } = startCore();
    expect(await call("getauditlog")).toMatchObject({ result: [{ timestamp_ms: 100, module_id: "all" }] });
    expect(await call("getauditlog", [1000, "one"])).toMatchObject({
      result: [{ timestamp_ms: 1000, module_id: "one" }],
    });
  });
});

describe("what modules offer", () => {
  it("is called behind the node's own methods, and told apart by help", async () => {
    const { call, offers } = startCore();
    const { caller, close } = connectedCaller("one", {
      rpcOverrides: ["analyzepsbt"],
      answer: ({ payload }) => payload,
    });
    expect(await call("one_status")).toMatchObject({ error: { code: -32_601 } });
    expect(await call("analyzepsbt", ["cHNidP8="])).toMatchObject({
      error: { code: -32_001, data: { code: "RPC_NO_OVERRIDE", retryable: false } },
    });
    expectThreeParts((await call("analyzepsbt")).error.message);
    offers.registerEndpoint(caller, "one_status", "tells how it is");
    offers.registerOverride(caller, "analyzepsbt", "analyses in its own way");
    expect(await call("one_status", { a: 1 })).toHaveProperty("result", {
      method: "one_status",
      params: { a: 1 },
    });
    expect(await call("analyzepsbt", ["x"])).toHaveProperty("result", {
      method: "analyzepsbt",
      params: ["x"],
    });
    expect(await call("one_statu")).toMatchObject({
      error: { data: { details: { nearest: "one_status" } } },
    });
    const { result } = await call("help");
    expect(result).toHaveLength(coreRpcMethods.length + 1);
    expect(result).toContainEqual({
      method: "one_status",
      usage: "one_status",
      description: "tells how it is",
      owner: "one",
    });
    expect(result).toContainEqual({
      method: "analyzepsbt",
      usage: "analyzepsbt",
      description: "analyses in its own way",
      owner: "one",
    });
    expect(await call("help", ["getblock"])).toMatchObject({
      result: [{ usage: "getblock hash [verbosity]", owner: "node" }],
    });
    close();
    expect(await call("one_status")).toHaveProperty("error.data.code", "RPC_METHOD_NOT_FOUND");
    expect(await call("analyzepsbt")).toHaveProperty("error.data.code", "RPC_NO_OVERRIDE");
  });

  it("is refused in the module's words, under a number and a name that no module can forge", async () => {
    const { call, offers } = startCore();
    let error: Error = new Error("no");
    const { caller } = connectedCaller("one", {
      answer() {
        throw error;
      },
    });
    offers.registerEndpoint(caller, "one_do", "");
    const cases: readonly (readonly [string, number, string])[] = [
      ["INVALID_PARAMS", -32_602, "INVALID_PARAMS"],
      ["NO_INVOICE", -32_010, "NO_INVOICE"],
      ["RPC_PARSE_ERROR", -32_010, "RPC_PARSE_ERROR"],
      ["NOT_LOADED", -32_010, "NOT_LOADED"],
      ["MODULE_REFUSED", -32_010, "MODULE_REFUSED"],
      ["DEADLINE", -32_010, "DEADLINE"],
      ["CONNECTION_CLOSED", -32_010, "CONNECTION_CLOSED"],
    ];
    for (const [code, number, told] of cases) {
      error = errorFromWire({ code, message: "no", retryable: false, details: { field: "x" } });
      expect(await call("one_do")).toMatchObject({
        error: { code: number, message: "no", data: { code: told, module: "one", details: { field: "x" } } },
      });
    }
    for (const [ofHost, told] of [
      [ipcErrors.DEADLINE({ call: "rpc", timeoutMs: 30_000 }), "MODULE_TIMEOUT"],
      [ipcErrors.CONNECTION_CLOSED({ reason: "killed" }), "MODULE_GONE"],
    ] as const) {
      error = ofHost;
      const refusal = await call("one_do");
      expect(refusal).toMatchObject({ error: { code: -32_603, data: { code: told, retryable: true } } });
      expect(refusal.error.data).not.toHaveProperty("module");
      expectThreeParts(refusal.error.message);
    }
  });

  it("is not waited for when the caller has left", async () => {
    const { call, offers, log } = startCore();
    const gone = new AbortController();
    const { caller, invoked } = connectedCaller("one", {
      answer: ({ signal }) =>
        new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
    });
    offers.registerEndpoint(caller, "one_do", "");
    const answer = call("one_do", [], gone.signal);
    await expect.poll(() => invoked.length).toBe(1);
    gone.abort();
    expect(await answer).toBeUndefined();
    expect(log.lines).toEqual([]);
  });
});
