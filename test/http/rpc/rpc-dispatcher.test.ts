import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type RpcMethods, rpcMethod } from "../../../src/http/index.js";
import { createRpcDispatcher } from "../../../src/http/rpc/rpc-dispatcher.js";
import { expectThreeParts } from "../../kit/ipc-three-parts.js";
import { recordingLog } from "../../kit/process-recording-log.js";
import { exampleMethods } from "./start-rpc.js";

function start(methods: RpcMethods = exampleMethods) {
  const log = recordingLog();
  const dispatch = createRpcDispatcher({ methods, log });
  return {
    log,
    async call(value: unknown, signal = new AbortController().signal) {
      const body = typeof value === "string" ? value : JSON.stringify(value);
      const text = await dispatch(Buffer.from(body), signal);
      return text === undefined ? undefined : JSON.parse(text);
    },
  };
}

const echo = (id: unknown, params: unknown) => ({ jsonrpc: "2.0", id, method: "echo", params });

describe("a JSON-RPC dispatcher", () => {
  it("takes parameters by name and by position", async () => {
    const { call } = start();
    const answer = { jsonrpc: "2.0", id: 1, result: "abab" };
    expect(await call(echo(1, { text: "ab", times: 2 }))).toEqual(answer);
    expect(await call(echo(1, ["ab", 2]))).toEqual(answer);
    expect(await call(echo("x", ["ab"]))).toEqual({ jsonrpc: "2.0", id: "x", result: "ab" });
  });

  it("answers each fault with its number, its code and a message of three parts", async () => {
    const { call } = start();
    const request = (method: string, params?: unknown) => ({ jsonrpc: "2.0", id: 1, method, params });
    const cases: readonly (readonly [unknown, number, string])[] = [
      ["{", -32_700, "RPC_PARSE_ERROR"],
      ["", -32_700, "RPC_PARSE_ERROR"],
      [[], -32_600, "RPC_INVALID_REQUEST"],
      [{ jsonrpc: "2.0", id: 1 }, -32_600, "RPC_INVALID_REQUEST"],
      [request("ecco"), -32_601, "RPC_METHOD_NOT_FOUND"],
      [request("toString"), -32_601, "RPC_METHOD_NOT_FOUND"],
      [request("__proto__"), -32_601, "RPC_METHOD_NOT_FOUND"],
      [request("echo"), -32_602, "RPC_INVALID_PARAMS"],
      [request("echo", { text: 1 }), -32_602, "RPC_INVALID_PARAMS"],
      [request("echo", { text: "a", more: 1 }), -32_602, "RPC_INVALID_PARAMS"],
      [request("echo", ["a", 1, 2]), -32_602, "RPC_INVALID_PARAMS"],
      [request("fail", [1]), -32_602, "RPC_INVALID_PARAMS"],
      [request("fail", { x: 1 }), -32_602, "RPC_INVALID_PARAMS"],
      [request("fail"), -32_603, "RPC_INTERNAL"],
      [request("refuse", { item: "bread" }), -32_000, "OUT_OF_STOCK"],
    ];
    for (const [value, number, code] of cases) {
      const { error } = await call(value);
      expect(error, JSON.stringify(value)).toMatchObject({ code: number, data: { code } });
      expectThreeParts(error.message);
    }
  });

  it("hands on the engine's details and whether trying again may help", async () => {
    const { call } = start();
    expect(await call({ jsonrpc: "2.0", id: 1, method: "refuse", params: ["bread"] })).toEqual({
      jsonrpc: "2.0",
      id: 1,
      error: {
        code: -32_000,
        message: "no bread is left, one is needed; buy some",
        data: { code: "OUT_OF_STOCK", retryable: true, details: { item: "bread" } },
      },
    });
  });

  it("keeps the host's own faults to itself and its log", async () => {
    const { call, log } = start();
    expect(JSON.stringify(await call({ jsonrpc: "2.0", id: 1, method: "fail" }))).not.toContain("secret");
    expect(log.lines).toMatchObject([
      { level: "error", fields: { method: "fail", err: { message: "secret detail" } } },
    ]);
  });

  it("sends nothing but what the result schema knows", async () => {
    const leaky = rpcMethod({
      description: "knows too much",
      params: z.strictObject({}),
      result: z.object({ name: z.string() }),
      run: () => ({ name: "a", password: "b" }),
    });
    const wrong = rpcMethod({
      description: "breaks its word",
      params: z.strictObject({}),
      result: z.string(),
      run: () => 1 as unknown as string,
    });
    const big = rpcMethod({
      description: "has what JSON has not",
      params: z.strictObject({}),
      result: z.bigint(),
      run: () => 1n,
    });
    const { call } = start({ leaky, wrong, big });
    expect(await call({ jsonrpc: "2.0", id: 1, method: "leaky" })).toHaveProperty("result", { name: "a" });
    for (const method of ["wrong", "big"]) {
      expect(await call({ jsonrpc: "2.0", id: 1, method })).toHaveProperty("error.data.code", "RPC_INTERNAL");
    }
  });

  it("says nothing to a notification, not even that it failed", async () => {
    const { call } = start();
    for (const request of [echo(undefined, ["a"]), echo(undefined, []), { jsonrpc: "2.0", method: "fail" }]) {
      expect(await call(request)).toBeUndefined();
      expect(await call([request, request])).toBeUndefined();
    }
  });

  it("answers a list with a list in its order, without the notifications", async () => {
    const { call } = start();
    expect(await call([echo(2, ["b"]), echo(undefined, ["n"]), 3, echo(null, ["a"])])).toMatchObject([
      { id: 2, result: "b" },
      { id: null, error: { code: -32_600 } },
      { id: null, result: "a" },
    ]);
  });

  it("runs the calls of a list one after another, and none after the caller left", async () => {
    const order: string[] = [];
    const gone = new AbortController();
    const step = rpcMethod({
      description: "notes that it ran",
      params: z.strictObject({ name: z.string() }),
      result: z.null(),
      async run({ name }) {
        order.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${name} ends`);
        if (name === "b") gone.abort();
        return null;
      },
    });
    const { call } = start({ step });
    const request = (name: string) => ({ jsonrpc: "2.0", method: "step", params: [name] });
    await call([request("a"), request("b"), request("c")], gone.signal);
    expect(order).toEqual(["a begins", "a ends", "b begins", "b ends"]);
  });

  it("gives ids back as they came, lone surrogates and all", async () => {
    const { call } = start();
    for (const id of [0, -1, Number.MAX_SAFE_INTEGER, "", "\ud800", "\0", "__proto__"]) {
      expect(await call(echo(id, ["a"]))).toEqual({ jsonrpc: "2.0", id, result: "a" });
    }
  });

  it("takes a parameter named like a part of every object for unknown", async () => {
    const { call } = start();
    for (const name of ["__proto__", "constructor", "toString"]) {
      const { error, result } = await call(
        `{"jsonrpc":"2.0","id":1,"method":"echo","params":{"text":"a","${name}":{"times":9}}}`,
      );
      expect([name, error?.code ?? result]).toEqual([name, -32_602]);
    }
  });
});
