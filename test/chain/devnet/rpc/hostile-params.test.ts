import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDevnet, type TestDevnet } from "./start-devnet.js";

const address = "bcrt1qreeeksqde4xzjqpe7xupkfwgs9kjv3uwzwtk36";
/** These are steered by what they are given; the rest of the methods takes anything. */
const tooPowerful = new Set(["generatetoaddress", "setmocktime"]);

/** Values of which some are what a method takes, so that the search gets past the first check. */
const likely = fc.oneof(
  fc.constantFrom<unknown>(address, "", "zz", "00", "11".repeat(32), 0, 1, 2, 3, -1, 0.1, true, false, null),
  fc.constantFrom<unknown>(
    [],
    ["00"],
    {},
    { rules: ["segwit"] },
    { mode: "proposal", data: "00" },
    "203.0.113.7",
    "add",
  ),
  fc.integer(),
  fc.double(),
  fc.string(),
  fc.stringMatching(/^[0-9a-f]{0,200}$/),
  fc.jsonValue(),
);

describe("whatever a caller sends", () => {
  let devnet: TestDevnet;
  beforeAll(async () => {
    devnet = await startDevnet({ initial_blocks: 101 });
  });
  afterAll(() => devnet[Symbol.asyncDispose]());

  it("is answered or refused with a code, never by a fault of the host, and the chain stands", async () => {
    const methods = Object.keys(devnet.source.rpc).filter((name) => !tooPowerful.has(name));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...methods),
        fc.array(likely, { maxLength: 6 }),
        async (method, params) => {
          const { error } = await devnet.call(method, ...params);
          // -32603 is what the door makes of an unexpected throw.
          if (error !== undefined) expect([method, error.code === -32_603]).toEqual([method, false]);
        },
      ),
      { numRuns: 600 },
    );
    expect(await devnet.ask("getblockcount")).toBeGreaterThanOrEqual(101);
  });

  it.each(["generatetoaddress", "setmocktime"])("to %s is refused where it is no number", async (method) => {
    const texts = fc.jsonValue().filter((value) => typeof value !== "number" && value !== null);
    await fc.assert(
      fc.asyncProperty(texts, async (value) => {
        expect((await devnet.refusal(method, value, address))[0]).toBe(-32_602);
      }),
      { numRuns: 100 },
    );
  });
});
