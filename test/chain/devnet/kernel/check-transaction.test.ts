import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Transaction } from "../../../../src/chain/block/transaction.js";
import type { Coin } from "../../../../src/chain/devnet/kernel/chain-kernel.js";
import { provesWork } from "../../../../src/chain/devnet/kernel/check-context.js";
import { mineBlock } from "../../../../src/chain/devnet/kernel/mine-block.js";
import { altered } from "./broken-blocks.js";
import {
  blockOf,
  coinbaseOf,
  grow,
  grownKernel,
  miner,
  planOf,
  type Spend,
  spend,
  startS,
} from "./small-chain.js";

const kernel = grownKernel(103);
const coin = coinbaseOf(kernel, 1);
const spendHeight = kernel.tip.heightBlocks + 1;
const pay = (change: Partial<Spend> = {}, more: Parameters<typeof spend>[2] = {}) =>
  spend([{ ...coin, ...change }], [{ valueSat: coin.valueSat - 700, script: miner.taproot }], more);
const confirmed = (txid: string, index: number) => kernel.coin(txid, index);
const check = (
  transaction: Transaction,
  coins: (txid: string, index: number) => Coin | undefined = confirmed,
) => kernel.checkTransaction(transaction, coins, spendHeight);
const plain = pay();
const [signature = new Uint8Array(), key = new Uint8Array()] = plain.inputs[0]?.witness ?? [];
const wrong = Uint8Array.from(signature).fill(1, 10, 12);
const block = blockOf(mineBlock(kernel, planOf()));

describe("checkTransaction", () => {
  it("tells the fee and what its signature checks cost", () => {
    expect(check(plain)).toEqual({ ok: true, feeSat: 700, sigopsCost: 1 });
    const bare = altered(plain, { outputs: [{ scriptPubKey: Uint8Array.of(0xac, 0xae, 2, 0xac, 0xac) }] });
    const known = { ...bare, wtxid: plain.wtxid };
    expect(check(known)).toMatchObject({ ok: true, sigopsCost: 4 * 21 + 1 });
  });

  it.each<[string, Transaction]>([
    ["coinbase", block.transactions[0]],
    ["non-final", pay({}, { lockTime: spendHeight })],
    ["non-final", pay({}, { lockTime: kernel.tip.medianTimeS })],
    ["non-BIP68-final", pay({ sequence: spendHeight })],
    ["bad-txns-inputs-missingorspent", pay({ index: 3 })],
    ["bad-txns-vout-empty", { ...plain, outputs: [] }],
    ["bad-txns-vin-empty", { ...plain, inputs: [] }],
    ["bad-txns-oversize", { ...plain, weightWu: 4_000_004, sizeBytes: 1_000_001 }],
    ["bad-txns-in-belowout", altered(plain, { outputs: [{ valueSat: coin.valueSat + 1 }] })],
    [
      "mempool-script-verify-flag-failed (Script failed an OP_EQUALVERIFY operation)",
      altered(plain, { inputs: [{ witness: [signature, Uint8Array.from(key).fill(1, 5)] }] }),
    ],
    [
      "mempool-script-verify-flag-failed (Signature must be zero for failed CHECK(MULTI)SIG operation)",
      altered(plain, { inputs: [{ witness: [wrong, key] }] }),
    ],
  ])("refuses with %s", (reason, transaction) => {
    expect(check(transaction)).toEqual({ ok: false, reason });
  });

  it("allows locks that have run out", () => {
    expect(check(pay({}, { lockTime: spendHeight - 1 })).ok).toBe(true);
    expect(check(pay({}, { lockTime: kernel.tip.medianTimeS - 1 })).ok).toBe(true);
    expect(check(pay({ sequence: spendHeight - 1 })).ok).toBe(true);
    expect(check(pay({ sequence: spendHeight }, { version: 1 })).ok).toBe(true);
    expect(check(pay({ sequence: 0xffff_ffff }, { lockTime: spendHeight })).ok).toBe(true);
  });

  it("refuses coins of a coinbase until the hundredth block on it, and what it can't run", () => {
    expect(check(spend([coinbaseOf(kernel, 5)], [{ valueSat: 1, script: miner.taproot }]))).toEqual({
      ok: false,
      reason: "bad-txns-premature-spend-of-coinbase",
    });
    expect(check(spend([coinbaseOf(kernel, 4)], [{ valueSat: 1, script: miner.taproot }])).ok).toBe(true);
    const open = {
      valueSat: 5_000_000_000,
      scriptPubKey: Uint8Array.of(0x51),
      heightBlocks: 1,
      isCoinbase: false,
    };
    expect(check(pay({ sequence: 3 }), () => open)).toEqual({ ok: false, reason: "unsupported-script" });
    const rich = { ...open, valueSat: 2_100_000_000_000_001 };
    expect(check(plain, () => rich)).toEqual({ ok: false, reason: "bad-txns-inputvalues-outofrange" });
  });

  it("counts a coin that waits itself as one of the next block", () => {
    const waiting = {
      valueSat: 5_000_000_000,
      scriptPubKey: coin.script,
      heightBlocks: 0x7fff_ffff,
      isCoinbase: false,
    };
    expect(check(pay({ sequence: 0 }), () => waiting).ok).toBe(true);
    expect(check(pay({ sequence: 0x400000 }), () => waiting).ok).toBe(true);
    for (const sequence of [1, 0x400001]) {
      expect(check(pay({ sequence }), () => waiting)).toEqual({ ok: false, reason: "non-BIP68-final" });
    }
  });
});

describe("a block with one flipped bit", () => {
  it("is refused, unless what it claims of version, time and nonce proves work again: then it is another block", () => {
    const own = grownKernel(103);
    const bytes = mineBlock(own, planOf({ transactions: [plain], feesSat: 700 }));
    const free = [0, 1, 2, 3, 68, 69, 70, 71, 76, 77, 78, 79];
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const flipped = Uint8Array.from(bytes);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const outcome = own.submit(flipped, startS);
        if (outcome.outcome === "rejected") return;
        expect(free).toContain(bit >> 3);
        expect(outcome.entry.hash).not.toBe(blockOf(bytes).hash);
        expect(provesWork(outcome.entry.hash, outcome.entry.header.bits)).toBe(true);
        own.invalidate(outcome.entry.hash);
      }),
      { numRuns: 1000, seed: 5 },
    );
    expect(own.submit(bytes, startS)).toMatchObject({ outcome: "accepted", entry: { status: "active" } });
  });
});

describe("a kernel", () => {
  it("runs no script again of a block whose scripts were known to hold, nor of a transaction that it checked", () => {
    const own = grownKernel(103);
    const { outcome } = grow(own, { transactions: [plain], feesSat: 700 });
    expect(outcome.outcome).toBe("accepted");
    // The signature is wrong and the memory says that it held: only running it would tell.
    const broken = { ...altered(plain, { inputs: [{ witness: [wrong, key] }] }), wtxid: plain.wtxid };
    expect(own.checkTransaction(plain, confirmed, spendHeight).ok).toBe(true);
    expect(own.checkTransaction(broken, confirmed, spendHeight).ok).toBe(true);
  });
});
