import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRpcBody } from "../../../src/http/rpc/rpc-request.js";
import { requestDefinition } from "../../../src/requests/index.js";
import { requestExamples } from "../../kit/request-examples.js";

const read = (value: unknown) => readRpcBody(Buffer.from(JSON.stringify(value)));

describe("readRpcBody", () => {
  it("reads a call, a notification and a list of both", () => {
    const call = { jsonrpc: "2.0", id: "a", method: "m", params: [1] };
    expect(read(call)).toEqual({
      isBatch: false,
      requests: [{ kind: "call", id: "a", method: "m", params: [1] }],
    });
    expect(read([call, { jsonrpc: "2.0", method: "n" }])).toEqual({
      isBatch: true,
      requests: [
        { kind: "call", id: "a", method: "m", params: [1] },
        { kind: "call", id: undefined, method: "n", params: undefined },
      ],
    });
  });

  it("refuses each member that is wrong, and keeps an id that is right", () => {
    const right = { jsonrpc: "2.0", id: 7, method: "m" };
    const wrong: readonly (readonly [unknown, number | null, string])[] = [
      [{ ...right, jsonrpc: "1.0" }, 7, "jsonrpc"],
      [{ id: 7, method: "m" }, 7, "jsonrpc"],
      [{ ...right, method: 1 }, 7, "method"],
      [{ ...right, method: "m".repeat(129) }, 7, "method"],
      [{ ...right, params: "x" }, 7, "params"],
      [{ ...right, params: null }, 7, "params"],
      [{ ...right, id: {} }, null, "id"],
      [{ ...right, id: 1.5 }, null, "id"],
      [{ ...right, id: true }, null, "id"],
      [{ ...right, id: 2 ** 53 }, null, "id"],
      [{ ...right, id: "x".repeat(101) }, null, "id"],
      [1, null, "the request is no object"],
      [null, null, "the request is no object"],
      ["rpc", null, "the request is no object"],
    ];
    for (const [value, id, problem] of wrong) {
      const { requests } = read(value);
      expect(requests, JSON.stringify(value)).toMatchObject([
        {
          kind: "fault",
          id,
          error: { code: "RPC_INVALID_REQUEST", message: expect.stringContaining(problem) },
        },
      ]);
    }
  });

  it("takes a method's name of any length that a module may register", () => {
    const longest = requestExamples.RegisterRpcEndpoint.method.padEnd(128, "x");
    const taken = requestDefinition("RegisterRpcEndpoint")
      .input()
      .safeParse({ method: longest, description: "" });
    expect([taken.success, read({ jsonrpc: "2.0", method: longest }).requests]).toMatchObject([
      true,
      [{ kind: "call", method: longest }],
    ]);
  });

  it("tells an id of null, which wants an answer, from no id, which wants none", () => {
    expect(read({ jsonrpc: "2.0", id: null, method: "m" }).requests).toMatchObject([
      { kind: "call", id: null },
    ]);
    const [request] = read({ jsonrpc: "2.0", method: "m" }).requests;
    expect(request).toHaveProperty("id", undefined);
  });

  it("refuses an empty list and one of more than 100 as a whole", () => {
    const call = { jsonrpc: "2.0", method: "m" };
    for (const list of [[], Array.from({ length: 101 }, () => call)]) {
      expect(read(list)).toMatchObject({
        isBatch: false,
        requests: [{ kind: "fault", id: null, error: { code: "RPC_INVALID_REQUEST" } }],
      });
    }
    expect(read(Array.from({ length: 100 }, () => call)).requests).toHaveLength(100);
  });

  it("has one request for each item of a list, whatever the items are", () => {
    const member = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant("2.0"));
    const item = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.record({ jsonrpc: member, id: member, method: member, params: member }, { requiredKeys: [] }),
    );
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 10 }), (items) => {
        const { isBatch, requests } = read(items);
        expect([isBatch, requests.length]).toEqual([true, items.length]);
      }),
    );
  });
});
