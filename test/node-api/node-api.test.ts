import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { capabilities } from "../../src/manifest/index.js";
import { type ModuleInfoRecord, noModules } from "../../src/node-api/index.js";
import { requestNames } from "../../src/requests/index.js";
import { expectThreeParts } from "../kit/ipc-three-parts.js";
import { scriptedBlocks } from "../kit/scripted-chain.js";
import { ask, refusalOf } from "./start-api.js";

const all = { capabilities: capabilities.map(({ name }) => name) };
const tipHash = scriptedBlocks[2]?.block.hash;
const noTip = {
  deps: { chain: { name: "empty", tip: () => undefined, chainInfo: () => undefined, queries: {} } },
};

describe("an unknown request", () => {
  it("is refused by name, with the nearest and all known ones", () => {
    const refusal = refusalOf(ask("GetChainTipp", {}, all));
    expect(refusal).toMatchObject({
      code: "UNKNOWN_REQUEST",
      details: { type: "GetChainTipp", nearest: "GetChainTip", known: requestNames },
    });
    expectThreeParts(refusal.message);
  });

  it("is refused for names of object properties, empty ones and very long ones", () => {
    for (const type of [
      "",
      "toString",
      "constructor",
      "__proto__",
      "Handshake",
      "getchaintip",
      "x".repeat(100_000),
    ]) {
      const refusal = refusalOf(ask(type, {}, all));
      expect(refusal.code).toBe("UNKNOWN_REQUEST");
      expect(refusal.message.length).toBeLessThan(3000);
    }
  });
});

describe("the chain's requests", () => {
  it("answer what the chain says", () => {
    expect(ask("GetChainTip", {}, all).answers).toEqual([tipHash]);
    expect(ask("GetBlockHeight", {}, all).answers).toEqual([2]);
    expect(ask("GetChainInfo", {}, all).answers).toEqual([
      {
        tip_hash: tipHash,
        height: 2,
        difficulty: expect.closeTo(4.66e-10, 11),
        // Two blocks of the easiest target of mainnet and one of two hashes.
        chain_work: (2 * 0x1_00_01_00_01 + 2).toString(16).padStart(64, "0"),
        is_synced: true,
      },
    ]);
  });

  it.each(["GetChainTip", "GetBlockHeight", "GetChainInfo"])(
    "%s is NOT_AVAILABLE before the first block, and may be asked again",
    (type) => {
      const refusal = refusalOf(ask(type, {}, { ...all, ...noTip }));
      expect(refusal).toMatchObject({ code: "NOT_AVAILABLE", retryable: true, details: { source: "empty" } });
      expectThreeParts(refusal.message);
    },
  );

  it("ignore parameters that they don't have", () => {
    expect(ask("GetChainTip", { later: 1 }, all).answers).toEqual([tipHash]);
  });
});

describe("DiscoverModules", () => {
  it("answers the records of all loaded modules", () => {
    const record: ModuleInfoRecord = {
      module_id: `a_${"0".repeat(32)}`,
      module_name: "a",
      version: "1.0.0",
      capabilities: ["subscribe_events"],
      status: "Running",
      api_version: 1,
    };
    const modules = { ...noModules, loaded: () => [record] };
    const served = ask("DiscoverModules", {}, { ...all, deps: { modules } });
    expect(served.answers).toEqual([[record]]);
    expect(ask("DiscoverModules", {}, all).answers).toEqual([[]]);
  });
});

describe("parameters", () => {
  it.each([
    ["a text", "NewBlock"],
    ["a number", 5],
    ["a list", ["NewBlock"]],
    ["nothing", {}],
    ["nil", { event_types: null }],
    ["a list of numbers", { event_types: ["NewBlock", 5] }],
    ["a list of lists", { event_types: [["NewBlock"]] }],
    ["raw data", { event_types: Uint8Array.of(1) }],
  ])("of a subscription are refused when they are %s", (_what, payload) => {
    for (const type of ["SubscribeEvents", "UnsubscribeEvents"]) {
      const refusal = refusalOf(ask(type, payload, all));
      expect(refusal.code).toBe("INVALID_PARAMS");
      expectThreeParts(refusal.message);
    }
  });

  it("name the place of the fault", () => {
    const places = [{ event_types: ["NewBlock", 5] }, { event_types: 5 }, "NewBlock"].map(
      (payload) => (refusalOf(ask("SubscribeEvents", payload, all)).details as { field: string }).field,
    );
    expect(places).toEqual(["event_types", "event_types", "payload"]);
  });

  it("of any kind inside a publish have no effect unless they fit", () => {
    const payload = fc.record({
      event_type: fc.constantFrom("PaymentSettled", "NewBlock", "x"),
      payload: fc.anything(),
    });
    fc.assert(
      fc.property(payload, (params) => {
        const { answers, effects } = ask("PublishEvent", params, all);
        expect(effects.length).toBe(answers.length);
      }),
      { numRuns: 500 },
    );
  });
});
