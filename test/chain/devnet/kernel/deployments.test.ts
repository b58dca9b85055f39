import { describe, expect, it } from "vitest";
import { deploymentStates } from "../../../../src/chain/devnet/kernel/deployments.js";
import { mineBlock } from "../../../../src/chain/devnet/kernel/mine-block.js";
import { changed } from "./broken-blocks.js";
import { blockOf, grow, grownKernel, newKernel, planOf, startS } from "./small-chain.js";

const signalling = 0x30000000;
const silent = 0x20000000;

describe("deploymentStates", () => {
  const kernel = grownKernel(440);
  const version = (height: number) => kernel.entryAt(height)?.header.version;
  const became = (height: number) => {
    const entry = kernel.entryAt(height);
    if (entry === undefined) throw new Error(`no block at height ${height}`);
    return deploymentStates(kernel, entry)
      .filter(({ isNew }) => isNew)
      .map(({ name, status }) => `${name} ${status}`);
  };

  it("locks testdummy in at height 288 and activates it at 432, with the signals that Core's miner gives", () => {
    expect([143, 144, 287, 288, 431, 432].map(version)).toEqual([
      silent,
      signalling,
      signalling,
      signalling,
      signalling,
      silent,
    ]);
    expect(became(1)).toEqual(["bip34 active", "bip66 active", "bip65 active", "csv active"]);
    expect(became(144)).toEqual(["testdummy started"]);
    expect(became(288)).toEqual(["testdummy locked_in"]);
    expect(became(432)).toEqual(["testdummy active"]);
    const quiet = [2, 143, 145, 287, 289, 431, 433, 440].map(became);
    expect(quiet.flat()).toEqual([]);
  });

  it("asks for 108 of 144 signals", () => {
    for (const [signals, status] of [
      [107, "started"],
      [108, "locked_in"],
    ] as const) {
      const own = newKernel();
      for (let height = 1; height <= 288; height += 1) {
        const bytes = mineBlock(own, planOf());
        const isSilent = height >= 144 + signals && height < 288;
        own.submit(isSilent ? changed(blockOf(bytes), { header: { version: silent } }) : bytes, startS);
      }
      const testdummy = deploymentStates(own, own.tip).find(({ name }) => name === "testdummy");
      expect(testdummy).toMatchObject({ status, sinceHeightBlocks: status === "started" ? 144 : 288 });
      expect(grow(own).outcome.outcome).toBe("accepted");
    }
  });
});
