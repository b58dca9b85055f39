import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DevnetSource } from "../../../src/chain/devnet/devnet-source.js";
import { quietDevnet, startDevnet } from "../../kit/start-devnet.js";

let source: DevnetSource;
let changes = 0;
beforeAll(async () => {
  source = await startDevnet();
  source.actions.setMockTime(1_800_000_000);
  source.events$.subscribe(() => changes++);
});
afterAll(() => source.close());

const unknown = "0f".repeat(32);
const pay = { valueSat: 50_000, feeRateSatPerVb: 5 };

describe("what a devnet refuses", () => {
  it.each<[string, string, (source: DevnetSource) => unknown]>([
    ["bytes that are no transaction", "CHAIN_TRANSACTION_REJECTED", (s) => s.actions.send(Uint8Array.of(1))],
    ["nothing at all", "CHAIN_TRANSACTION_REJECTED", (s) => s.actions.send(new Uint8Array())],
    [
      "an address of mainnet",
      "DEVNET_ADDRESS_UNKNOWN",
      (s) => s.actions.pay({ ...pay, address: "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4" }),
    ],
    ["a payout to no address", "DEVNET_ADDRESS_UNKNOWN", (s) => s.actions.mine(1, { address: "x" })],
    ["a bump of what nobody sent", "DEVNET_TRANSACTION_UNKNOWN", (s) => s.actions.bump(unknown, 50)],
    ["a child of nobody", "DEVNET_TRANSACTION_UNKNOWN", (s) => s.actions.pay({ ...pay, parent: unknown })],
    ["a block of unknown contents", "DEVNET_TRANSACTION_UNKNOWN", (s) => s.actions.mineExactly([unknown])],
    ["a reorganisation of nothing", "DEVNET_REORG_TOO_DEEP", (s) => s.actions.reorganize(0)],
    ["one of half a block", "DEVNET_REORG_TOO_DEEP", (s) => s.actions.reorganize(1.5)],
    ["one of a hundred blocks", "DEVNET_REORG_TOO_DEEP", (s) => s.actions.reorganize(100)],
    ["a mark on an unknown block", "DEVNET_BLOCK_UNKNOWN", (s) => s.actions.invalidate(unknown)],
    ["more money than there is", "DEVNET_FUNDS_LOW", (s) => s.actions.pay({ ...pay, valueSat: 2e14 })],
    ["an unknown peer's block", "DEVNET_PEER_UNKNOWN", (s) => s.actions.receiveInvalidBlock("192.0.2.9:1")],
  ])("%s is %s and changes nothing", (_, code, act) => {
    const before = [source.tip(), changes];
    expect(() => act(source)).toThrow(expect.objectContaining({ code }));
    expect([source.tip(), changes]).toEqual(before);
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 32])("%s is no time to set: CHAIN_PARAMETER_INVALID", (timeS) => {
    expect(() => source.actions.setMockTime(timeS)).toThrow(
      expect.objectContaining({ code: "CHAIN_PARAMETER_INVALID" }),
    );
    expect(source.actions.nowS()).toBe(1_800_000_000);
  });

  it("a transaction that is in the chain already is no part of a block", () => {
    const hex = Buffer.from(source.actions.pay(pay).bytes).toString("hex");
    source.actions.mine(1);
    expect(() => source.actions.mineExactly([hex])).toThrow(
      expect.objectContaining({ code: "CHAIN_TRANSACTION_REJECTED" }),
    );
  });

  it("a block that would be too far ahead of the clock is CHAIN_BLOCK_REJECTED, mined or only made", async () => {
    await using other = await startDevnet();
    const { actions } = other;
    actions.setMockTime(1_900_000_000);
    actions.mine(12);
    actions.setMockTime(1_800_000_000);
    const refusal = expect.objectContaining({
      ...{ code: "CHAIN_BLOCK_REJECTED", details: expect.objectContaining({ reason: "time-too-new" }) },
    });
    expect(() => actions.mine(1)).toThrow(refusal);
    expect(() => actions.mineExactly([], { submit: false })).toThrow(refusal);
    expect(other.tip()?.heightBlocks).toBe(122);
  });

  it("more than 100,000 hashes on a deny list are DEVNET_DENYLIST_FULL, and the list stays", async () => {
    const { blockDenylist } = source.queries;
    await blockDenylist.merge([unknown]);
    const many = Array.from({ length: 100_001 }, (_, index) => index.toString(16).padStart(64, "0"));
    await expect(blockDenylist.replace(many)).rejects.toMatchObject({ code: "DEVNET_DENYLIST_FULL" });
    expect(await blockDenylist.snapshot(10)).toEqual({ totalCount: 1, hashes: [unknown] });
  });

  it("questions before the start are DEVNET_NOT_STARTED, and after the close CHAIN_SOURCE_CLOSED", async () => {
    const early = quietDevnet();
    await expect(early.queries.block(unknown)).rejects.toMatchObject({ code: "DEVNET_NOT_STARTED" });
    await early.close();
    await expect(early.queries.block(unknown)).rejects.toMatchObject({ code: "CHAIN_SOURCE_CLOSED" });
    expect(() => early.actions).toThrow(expect.objectContaining({ code: "CHAIN_SOURCE_CLOSED" }));
  });

  it("the seventeenth block that waits to be checked is left out", async () => {
    const { bytes } = source.actions.mineExactly([], { submit: false });
    const taken: boolean[] = [];
    for (let each = 0; each < 17; each += 1) taken.push(await source.queries.queueReceivedBlock(bytes));
    expect(taken).toEqual([...new Array(16).fill(true), false]);
  });
});
