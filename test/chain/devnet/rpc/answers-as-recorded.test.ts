import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordedCalls } from "./recorded-session.js";
import { startDevnet, type TestDevnet } from "./start-devnet.js";

/** What the real node told and a devnet leaves out, with the reason. */
const leftOut: Readonly<Record<string, string>> = {
  "getmempoolinfo.usage": "memory of Core's own structures",
  "getmempoolinfo.unbroadcastcount": "nothing is broadcast",
  "getmempoolentry.unbroadcast": "nothing is broadcast",
  "getrawmempool.*.unbroadcast": "nothing is broadcast",
};

/** What the devnet leaves to the host's own methods, and what would change the chain under the comparison. */
const notOurs = new Set([
  "generatetoaddress",
  "invalidateblock",
  "getnetworkinfo",
  "getnettotals",
  "getmininginfo",
  "getzmqnotifications",
  "nosuchmethod",
]);
const hashName = /^[0-9a-f]{64}$/;

/** Every path of a value with the type of what is there; names that are hashes and places in lists are one. */
function shapeOf(value: unknown, path: string, shape = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(value)) {
    shape.set(path, "list");
    for (const each of value) shapeOf(each, `${path}[]`, shape);
  } else if (typeof value === "object" && value !== null) {
    shape.set(path, "object");
    for (const [name, each] of Object.entries(value)) {
      shapeOf(each, `${path}.${hashName.test(name) ? "*" : name}`, shape);
    }
  } else shape.set(path, value === null ? "null" : typeof value);
  return shape;
}

describe("the answers of a devnet beside those of a real node", () => {
  let devnet: TestDevnet;
  let place: Record<string, unknown>;

  beforeAll(async () => {
    devnet = await startDevnet({ initial_blocks: 103 });
    const address = await devnet.ask<string>("getnewaddress");
    const txids: string[] = [];
    for (const amount of [0.5, 0.25]) txids.push(await devnet.ask("sendtoaddress", address, amount));
    const [confirmed = ""] = txids;
    await devnet.ask("generateblock", address, [confirmed]);
    const [waiting = ""] = txids.slice(1);
    place = { address, confirmed, waiting, hash: await devnet.ask("getblockhash", 103) };
  });
  afterAll(() => devnet[Symbol.asyncDispose]());

  /** The recorded parameters, with what is there here in the place of what was there. */
  function ownParams(method: string, params: readonly unknown[]): unknown[] {
    const { address, confirmed, waiting, hash } = place;
    return params.map((param) => {
      if (typeof param !== "string") return param;
      if (param.startsWith("bcrt1")) return address;
      if (!hashName.test(param) || /^(.)\1+$/.test(param)) return param;
      if (method === "gettxout") return params[1] === 0 ? waiting : confirmed;
      return method.includes("transaction") || method.includes("mempool") ? waiting : hash;
    });
  }

  const told = recordedCalls.filter(({ method, reply }) => reply.error === null && !notOurs.has(method));

  it.each(told.map((call, n) => [n, call.method, call] as const))(
    "%i: %s has the same fields of the same types",
    async (_, method, { params, reply }) => {
      const own = shapeOf(await devnet.ask(method, ...ownParams(method, params)), method);
      const theirs = shapeOf(reply.result, method);
      const missing = [...theirs.keys()].filter((path) => !own.has(path) && leftOut[path] === undefined);
      // A list or an object may be empty in one of both; the tip has no next block.
      const isComparable = (path: string) => !/\[\]|\.\*|nextblockhash|vbavailable\./.test(path);
      expect(missing.filter(isComparable)).toEqual([]);
      const added = [...own.keys()].filter((path) => !theirs.has(path) && isComparable(path));
      expect(added).toEqual([]);
      for (const [path, type] of theirs)
        if (own.has(path)) expect([path, own.get(path)]).toEqual([path, type]);
    },
  );

  it("have the same fields in their lists too: transactions, inputs, outputs, tips, waiting transactions", async () => {
    const union = (pairs: readonly (readonly [string, unknown])[]) => {
      const shape = new Map<string, string>();
      for (const [method, value] of pairs) shapeOf(value, method, shape);
      return shape;
    };
    const theirs = union(told.map(({ method, reply }) => [method, reply.result]));
    const tip = await devnet.ask("getbestblockhash");
    const answers: (readonly [string, unknown])[] = [["getblock", await devnet.ask("getblock", tip, 2)]];
    for (const { method, params } of told) {
      answers.push([method, await devnet.ask(method, ...ownParams(method, params))]);
    }
    const own = union(answers);
    const vb = /vbavailable\./;
    const missing = [...theirs.keys()].filter((path) => !own.has(path) && leftOut[path] === undefined);
    expect(missing).toEqual([]);
    expect([...own.keys()].filter((path) => !theirs.has(path) && !vb.test(path))).toEqual([]);
    for (const path of Object.keys(leftOut))
      expect([path, theirs.has(path), own.has(path)]).toEqual([path, true, false]);
  });

  it.each(
    recordedCalls
      .filter(({ method, reply }) => reply.error !== null && !notOurs.has(method))
      .map((call) => [call.method, call] as const),
  )("refuse %s with the same number and begin with the same words", async (method, { params, reply }) => {
    const [code, message] = await devnet.refusal(method, ...params);
    expect(code).toBe(reply.error?.code);
    expect(message.startsWith(reply.error?.message ?? "")).toBe(true);
  });
});
