import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectThreeParts } from "../../../kit/ipc-three-parts.js";
import { startDevnet, type TestDevnet } from "./start-devnet.js";

const foreign = "bcrt1qreeeksqde4xzjqpe7xupkfwgs9kjv3uwzwtk36";
/** Spends what isn't there. */
const unknownInput = `0200000001${"22".repeat(32)}0000000000ffffffff01e803000000000000160014${"33".repeat(20)}00000000`;
const burning = `0200000001${"22".repeat(32)}0000000000ffffffff0100e1f50500000000016a00000000`;

describe("a refusal of a devnet", () => {
  let devnet: TestDevnet;
  let confirmed: string;
  beforeAll(async () => {
    devnet = await startDevnet({ initial_blocks: 103 });
    const txid = await devnet.ask<string>("sendtoaddress", foreign, 1);
    confirmed = await devnet.ask("getrawtransaction", txid);
    await devnet.ask("generatetoaddress", 1, foreign);
    await devnet.ask("setban", "192.0.2.1", "add");
  });
  afterAll(() => devnet[Symbol.asyncDispose]());

  it.each<[string, number, string, () => unknown[]]>([
    ["CHAIN_PARAMETER_INVALID", -8, "getblockhash", () => [5000]],
    ["CHAIN_NOT_FOUND", -5, "getblock", () => ["11".repeat(32)]],
    ["CHAIN_ADDRESS_INVALID", -5, "sendtoaddress", () => ["nobody", 1]],
    ["CHAIN_AMOUNT_INVALID", -3, "sendtoaddress", () => [foreign, -1]],
    ["DEVNET_FUNDS_LOW", -6, "sendtoaddress", () => [foreign, 20_000_000]],
    ["CHAIN_DECODE_FAILED", -22, "sendrawtransaction", () => ["00"]],
    ["CHAIN_INPUTS_MISSING", -25, "sendrawtransaction", () => [unknownInput]],
    ["CHAIN_SPEND_TOO_HIGH", -25, "sendrawtransaction", () => [burning]],
    ["CHAIN_BLOCK_UNMINABLE", -25, "generateblock", () => [foreign, [unknownInput]]],
    ["CHAIN_TRANSACTION_REJECTED", -26, "sendrawtransaction", () => [burning, 0.1, 1]],
    ["CHAIN_ALREADY_CONFIRMED", -27, "sendrawtransaction", () => [confirmed]],
    ["CHAIN_ALREADY_BANNED", -23, "setban", () => ["192.0.2.1", "add"]],
    ["CHAIN_BAN_REFUSED", -30, "setban", () => ["192.0.2.2", "remove"]],
  ])(
    "%s has Core's number %i and says what was found, what is allowed and what to do",
    async (code, number, method, params) => {
      const { error } = await devnet.call(method, ...params());
      expect([error?.data.code, error?.code]).toEqual([code, number]);
      expectThreeParts(error?.message ?? "");
    },
  );

  it("of everything after the source is closed has -9", async () => {
    const closed = await startDevnet();
    await closed.source.close();
    for (const method of ["getblockcount", "getmempoolinfo"]) {
      const { error } = await closed.call(method);
      expect([error?.code, error?.data.code]).toEqual([-9, "CHAIN_SOURCE_CLOSED"]);
    }
    await closed[Symbol.asyncDispose]();
  });
});
