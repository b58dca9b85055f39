import { describe, expect, it } from "vitest";
import { EngineError } from "../../../src/errors.js";
import { isRefusal, rpcErrorNumbers, toRpcError } from "../../../src/http/rpc/rpc-error.js";
import { supervisorErrors } from "../../../src/supervisor/index.js";

describe("toRpcError", () => {
  it("gives every code of its table a number of its own, in the ranges that JSON-RPC has for them", () => {
    const entries = Object.entries(rpcErrorNumbers);
    expect(new Set(entries.map(([, number]) => number)).size).toBe(entries.length);
    for (const [code, number] of entries) {
      const isProtocol = code.startsWith("RPC_");
      expect([code, number <= -32_600, number >= -32_099 && number < -32_000]).toEqual([
        code,
        isProtocol,
        !isProtocol,
      ]);
    }
  });

  it("knows the refusals of module management by their real codes", () => {
    const name = "a";
    const errors = [
      supervisorErrors.NOT_LOADED({ name }),
      supervisorErrors.ALREADY_LOADED({ name }),
      supervisorErrors.BUSY({ name, operation: "load" }, { retryable: true }),
      supervisorErrors.UNKNOWN_MODULE({ name, folders: ["/m"] }),
      supervisorErrors.MODULE_START_FAILED({ module: name, reason: "ended" }),
      supervisorErrors.MANAGER_CLOSED({ operation: "load" }),
    ];
    expect(errors.map((error) => toRpcError(error).code)).toEqual([
      -32_001, -32_002, -32_003, -32_004, -32_005, -32_006,
    ]);
    expect(errors.map((error) => toRpcError(error).data.retryable)).toEqual([
      false,
      false,
      true,
      false,
      false,
      false,
    ]);
  });

  it("gives any other code of the engine -32000, names of Object among them", () => {
    for (const code of ["HASH_MISMATCH", "toString", "__proto__"]) {
      expect(toRpcError(new EngineError(code, "text", { a: 1 }))).toEqual({
        code: -32_000,
        message: "text",
        data: { code, retryable: false, details: { a: 1 } },
      });
    }
  });

  it("leaves details out that JSON can't hold", () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    for (const details of [undefined, circle, { big: 1n }]) {
      expect(toRpcError(new EngineError("ODD", "text", details)).data).toEqual({
        code: "ODD",
        retryable: false,
      });
    }
  });
});

describe("isRefusal", () => {
  it("tells the engine's errors from those of Node and from mere values", () => {
    expect(isRefusal(new EngineError("A", "text", {}))).toBe(true);
    const others = [
      new Error("text"),
      Object.assign(new Error("text"), { code: "ENOENT" }),
      "text",
      null,
      undefined,
    ];
    for (const other of others) expect(isRefusal(other)).toBe(false);
  });
});
