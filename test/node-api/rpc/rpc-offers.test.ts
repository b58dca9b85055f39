import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EngineError } from "../../../src/errors.js";
import { errorFromWire, ipcErrors } from "../../../src/ipc/index.js";
import { coreRpcMethods } from "../../../src/node-api/index.js";
import { RpcOffers } from "../../../src/node-api/rpc/rpc-offers.js";
import { expectThreeParts } from "../../kit/ipc-three-parts.js";
import { codeOf, connectedCaller } from "./connected-caller.js";

const overridable = ["getdescriptorinfo", "analyzepsbt"];

describe("a module's JSON-RPC methods", () => {
  it("are taken under the module's prefix and under no other name", () => {
    const offers = new RpcOffers();
    const { caller } = connectedCaller("ab-cd");
    offers.registerEndpoint(caller, "ab_cd_status", "tells how it is");
    offers.registerEndpoint(caller, "ab_cd__0", "");
    expect(offers.endpoints().map(({ name, moduleName }) => [name, moduleName])).toEqual([
      ["ab_cd_status", "ab-cd"],
      ["ab_cd__0", "ab-cd"],
    ]);
    const wrong = [
      "",
      "status",
      "ab_cd",
      "ab_cd_",
      "ab-cd_status",
      "AB_CD_status",
      "ab_cd_Status",
      "ab_cd_ä",
      "ab_cd_a b",
      "ab_cd_a\n",
      "ab_cd_a\0",
      "xab_cd_a",
      "__proto__",
      "toString",
    ];
    for (const name of wrong) {
      expect(
        codeOf(() => offers.registerEndpoint(caller, name, "")),
        JSON.stringify(name),
      ).toBe("BAD_NAME");
    }
    expect(offers.endpoints()).toHaveLength(2);
  });

  it("never shadow the node's own, each other's, or their own", () => {
    const offers = new RpcOffers();
    const one = connectedCaller("one");
    // Its prefix is the beginning of another's.
    const nested = connectedCaller("one-two");
    for (const name of coreRpcMethods) {
      expect(codeOf(() => offers.registerEndpoint(one.caller, name, ""))).toBe("NAME_TAKEN");
    }
    offers.registerEndpoint(one.caller, "one_two_status", "");
    expect(codeOf(() => offers.registerEndpoint(one.caller, "one_two_status", ""))).toBe("NAME_TAKEN");
    expect(codeOf(() => offers.registerEndpoint(nested.caller, "one_two_status", ""))).toBe("NAME_TAKEN");
    one.close();
    offers.registerEndpoint(nested.caller, "one_two_status", "");
    expect(offers.endpoint("one_two_status")?.moduleName).toBe("one-two");
  });

  it("are at most 100 for each module, and one that was taken back makes room", () => {
    const offers = new RpcOffers();
    const { caller, closers } = connectedCaller("many");
    for (let n = 0; n < 100; n++) offers.registerEndpoint(caller, `many_${n}`, "");
    expect(codeOf(() => offers.registerEndpoint(caller, "many_100", ""))).toBe("LIMIT");
    offers.registerEndpoint(connectedCaller("other").caller, "other_0", "");
    for (let n = 0; n < 1000; n++) {
      offers.unregisterEndpoint(caller, "many_7");
      offers.registerEndpoint(caller, "many_7", "");
    }
    expect(offers.endpoints()).toHaveLength(101);
    expect(closers).toHaveLength(1);
  });

  it("are taken back by their owner alone", () => {
    const offers = new RpcOffers();
    const owner = connectedCaller("one", { rpcOverrides: overridable });
    const stranger = connectedCaller("two", { rpcOverrides: overridable });
    offers.registerEndpoint(owner.caller, "one_status", "");
    offers.registerOverride(owner.caller, "analyzepsbt", "");
    for (const name of ["one_status", "one_other", "analyzepsbt", "listmodules"]) {
      expect(codeOf(() => offers.unregisterEndpoint(stranger.caller, name))).toBe("NOT_OWNER");
      expect(codeOf(() => offers.unregisterOverride(stranger.caller, name))).toBe("NOT_OWNER");
    }
    expect(offers.endpoint("one_status")).toBeDefined();
    expect(offers.override("analyzepsbt")).toBeDefined();
    offers.unregisterEndpoint(owner.caller, "one_status");
    offers.unregisterOverride(owner.caller, "analyzepsbt");
    expect([offers.endpoint("one_status"), offers.override("analyzepsbt")]).toEqual([undefined, undefined]);
    expect(codeOf(() => offers.unregisterEndpoint(owner.caller, "one_status"))).toBe("NOT_OWNER");
  });

  it("override what may be overridden, is declared, and is nobody else's", () => {
    const offers = new RpcOffers();
    const first = connectedCaller("one", { rpcOverrides: ["analyzepsbt"] });
    const second = connectedCaller("two", { rpcOverrides: overridable });
    expect(codeOf(() => offers.registerOverride(first.caller, "getblock", ""))).toBe("BAD_NAME");
    expect(codeOf(() => offers.registerOverride(first.caller, "getdescriptorinfo", ""))).toBe("NOT_DECLARED");
    offers.registerOverride(first.caller, "analyzepsbt", "");
    expect(codeOf(() => offers.registerOverride(second.caller, "analyzepsbt", ""))).toBe("NAME_TAKEN");
    first.close();
    offers.registerOverride(second.caller, "analyzepsbt", "");
    expect(offers.override("analyzepsbt")?.moduleName).toBe("two");
  });

  it("go with their connection, but not those of a new instance that is there already", () => {
    const offers = new RpcOffers();
    const old = connectedCaller("one", { instance: "0" });
    const next = connectedCaller("one", { instance: "1" });
    offers.registerEndpoint(old.caller, "one_a", "old");
    offers.registerEndpoint(old.caller, "one_b", "old");
    offers.registerEndpoint(next.caller, "one_a", "new");
    old.close();
    expect(offers.endpoints().map(({ name, description }) => [name, description])).toEqual([
      ["one_a", "new"],
    ]);
    next.close();
    offers.registerEndpoint(next.caller, "one_a", "too late");
    expect(offers.endpoints()).toEqual([]);
  });

  it("name what was found, what is allowed and what to do when they are refused", () => {
    const offers = new RpcOffers();
    const { caller } = connectedCaller("one");
    for (const run of [
      () => offers.registerEndpoint(caller, "two_a", ""),
      () => offers.registerEndpoint(caller, "help", ""),
      () => offers.registerOverride(caller, "analyzepsbt", ""),
      () => offers.unregisterEndpoint(caller, "one_a"),
    ]) {
      try {
        run();
        expect.unreachable();
      } catch (error) {
        expectThreeParts((error as Error).message);
      }
    }
  });
});

describe("a call of a module's method", () => {
  function offered(answer: (invoked: { payload: unknown }) => unknown) {
    const offers = new RpcOffers();
    const module = connectedCaller("one", { answer });
    offers.registerEndpoint(module.caller, "one_do", "does");
    const method = offers.endpoint("one_do");
    if (method === undefined) throw new Error("it is not there");
    return { module, method };
  }

  it("asks the module with its name and parameters, for 30 seconds", async () => {
    const { module, method } = offered(() => "done");
    const gone = new AbortController();
    expect(await method.call(["a", 1], gone.signal)).toBe("done");
    expect(await method.call(undefined)).toBe("done");
    expect(module.invoked).toEqual([
      {
        kind: "rpc",
        payload: { method: "one_do", params: ["a", 1] },
        timeoutMs: 30_000,
        signal: gone.signal,
      },
      { kind: "rpc", payload: { method: "one_do", params: null }, timeoutMs: 30_000, signal: undefined },
    ]);
  });

  it("gives back bytes as hex and large integers as decimal text, whatever is nested", async () => {
    const { method } = offered(() => ({
      bytes: Uint8Array.of(0, 255),
      list: [2n ** 64n - 1n, null, undefined, true, -0.5],
      left: undefined,
    }));
    expect(await method.call(null)).toEqual({
      bytes: "00ff",
      list: ["18446744073709551615", null, null, true, -0.5],
    });
  });

  it("refuses a result that JSON can't hold or that is larger than 1 MiB", async () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    for (const result of [
      Number.NaN,
      [Number.POSITIVE_INFINITY],
      () => 1,
      cyclic,
      "x".repeat(1024 * 1024 - 1),
      Buffer.alloc(512 * 1024),
    ]) {
      await expect(offered(() => result).method.call(null)).rejects.toMatchObject({
        code: "MODULE_BAD_RESULT",
      });
    }
    const largest = "x".repeat(1024 * 1024 - 2);
    expect(await offered(() => largest).method.call(null)).toBe(largest);
  });

  it("tells the module's own error, a timeout and a lost connection apart", async () => {
    const failing = (error: unknown) =>
      offered(() => {
        throw error;
      }).method.call(null);
    await expect(
      failing(
        errorFromWire({
          code: "NO_INVOICE",
          message: "none is left",
          details: { n: 2n, raw: Uint8Array.of(1) },
          retryable: true,
        }),
      ),
    ).rejects.toMatchObject({
      code: "MODULE_REFUSED",
      retryable: true,
      details: {
        module: "one",
        error: {
          code: "NO_INVOICE",
          message: "none is left",
          retryable: true,
          details: { n: "2", raw: "01" },
        },
      },
    });
    await expect(failing(ipcErrors.DEADLINE({ call: "rpc", timeoutMs: 30_000 }))).rejects.toMatchObject({
      code: "MODULE_TIMEOUT",
      retryable: true,
      details: { module: "one", timeoutMs: 30_000 },
    });
    await expect(failing(ipcErrors.CONNECTION_CLOSED({ reason: "killed" }))).rejects.toMatchObject({
      code: "MODULE_GONE",
      retryable: true,
    });
  });

  it("never takes a module's own DEADLINE or CONNECTION_CLOSED for the host's", async () => {
    for (const code of ["DEADLINE", "CONNECTION_CLOSED", "LIMIT"]) {
      const error = { code, message: "no answer to GetBlock within 5 ms", retryable: true };
      const { method } = offered(() => {
        throw errorFromWire(error);
      });
      const refused = { code: "MODULE_REFUSED", retryable: true, details: { module: "one", error } };
      await expect(method.call(null)).rejects.toMatchObject(refused);
    }
    const { method } = offered(() => {
      throw ipcErrors.LIMIT({ what: "number of unread bytes", found: 2, limit: 1 }, { retryable: true });
    });
    await expect(method.call(null)).rejects.toMatchObject({ code: "LIMIT", retryable: true });
  });

  it("cuts an error of any size", async () => {
    const error = errorFromWire({
      code: "C".repeat(1000),
      message: "m".repeat(1_000_000),
      details: { more: "d".repeat(100_000) },
      retryable: false,
    });
    const call = offered(() => {
      throw error;
    }).method.call(null);
    await expect(call).rejects.toMatchObject({
      details: { error: { code: "C".repeat(128), message: "m".repeat(4096), retryable: false } },
    });
    await call.catch((refusal: EngineError) => expect(JSON.stringify(refusal.details)).not.toContain("ddd"));
  });

  it("never reaches the module with parameters that its connection can't carry", async () => {
    const deep = Array.from({ length: 24 }).reduce<unknown>((inner) => [inner], 1);
    const { module, method } = offered(() => "done");
    expect(await method.call(deep)).toBe("done");
    const cases: readonly (readonly [unknown, string])[] = [
      [["ok", { a: ["\ud800"] }], "params.1.a.0"],
      [{ "a\udc00": 1 }, "params.a\udc00"],
      [JSON.parse('{"a":{"__proto__":1}}'), "params.a.__proto__"],
      [{ constructor: 1 }, "params.constructor"],
      [[{ prototype: 1 }], "params.0.prototype"],
      [[deep], `params${".0".repeat(24)}`],
    ];
    for (const [params, field] of cases) {
      await expect(method.call(params)).rejects.toMatchObject({ code: "INVALID_PARAMS", details: { field } });
    }
    expect(module.invoked).toHaveLength(1);
  });

  it("hands every JSON value on as it is", async () => {
    const { method } = offered(({ payload }) => (payload as { params: unknown }).params);
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 6 }), async (value) => {
        const json: unknown = JSON.parse(JSON.stringify(value));
        const text = JSON.stringify(json);
        fc.pre(!/__proto__|constructor|prototype/.test(text));
        expect(await method.call(json)).toEqual(json);
      }),
    );
  });
});
