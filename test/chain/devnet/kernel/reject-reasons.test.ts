import { describe, expect, it } from "vitest";
import type { Block } from "../../../../src/chain/block/block.js";
import { mineBlock } from "../../../../src/chain/devnet/kernel/mine-block.js";
import { altered, changed } from "./broken-blocks.js";
import { block, kernel, mined, plain, refusedBlocks } from "./refused-blocks.js";
import { blockOf, grownKernel, planOf, startS } from "./small-chain.js";

describe("submit refuses, with Core's word,", () => {
  it.each(refusedBlocks)("%s", (reason, make) => {
    const before = kernel.tip;
    const bytes = make();
    const outcome = kernel.submit(bytes, startS);
    expect(outcome).toMatchObject({ outcome: "rejected", reason });
    expect(kernel.tip).toBe(before);
    expect(kernel.coinCount).toBe(103);
  });

  it("bad-prevblk for what stands on an invalid block, and duplicate-invalid for that block", () => {
    const own = grownKernel(3);
    const last = own.entryAt(3)?.hash ?? "";
    const child = mineBlock(own, planOf());
    own.invalidate(last);
    expect(own.submit(child, startS)).toMatchObject({ outcome: "rejected", reason: "bad-prevblk" });
    const bytes = own.blockBytes(last) ?? new Uint8Array();
    expect(own.submit(bytes, startS)).toMatchObject({ outcome: "rejected", reason: "duplicate-invalid" });
  });

  it("duplicate-invalid for contents that were refused before, and bad-prevblk for what stands on them", () => {
    const own = grownKernel(3);
    const late = mineBlock(own, planOf({ extra: Uint8Array.of(5) }));
    const [ownCoinbase] = blockOf(late).transactions;
    if (ownCoinbase === undefined) throw new Error("a block has a coinbase");
    const foreign = altered(ownCoinbase, { inputs: [{ scriptSig: Uint8Array.of(1, 99) }] });
    const wrong = changed(blockOf(late), { transactions: [foreign] });
    expect(own.submit(wrong, startS)).toMatchObject({ outcome: "rejected", reason: "bad-cb-height" });
    expect(own.submit(wrong, startS)).toMatchObject({ outcome: "rejected", reason: "duplicate-invalid" });
    const child = changed(blockOf(late), { header: { previousHash: blockOf(wrong).hash } });
    expect(own.submit(child, startS)).toMatchObject({ outcome: "rejected", reason: "bad-prevblk" });
    expect(own.submit(late, startS)).toMatchObject({ outcome: "accepted" });
  });

  it("nothing that a proposal may do: proof of work isn't asked for, all else is", () => {
    expect(kernel.propose(blockOf(changed(block, { provesNothing: true })), startS)).toBeUndefined();
    expect(kernel.propose(blockOf(mined([plain], { feesSat: 1, extra: Uint8Array.of(9) })), startS)).toBe(
      "bad-cb-amount",
    );
    expect(
      kernel.propose(
        blockOf(
          mineBlock(kernel, planOf({ parentHash: kernel.entryAt(1)?.hash ?? "", extra: Uint8Array.of(7) })),
        ),
        startS,
      ),
    ).toBe("inconclusive-not-best-prevblk");
    const late = { timestampS: startS + 7201, merkleRoot: "ab".repeat(32) };
    expect(kernel.propose(blockOf(changed(block, { header: late })), startS)).toBe("time-too-new");
    const built: Block = { ...block, transactions: [plain] };
    expect(kernel.propose({ ...built, header: { ...built.header, merkleRoot: plain.txid } }, startS)).toBe(
      "bad-cb-missing",
    );
  });
});
