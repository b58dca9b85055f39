import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeChainSource } from "../chain-source.conformance.js";
import { type LiveNode, liveCase, startLiveNode } from "./live-node.js";

const bitcoind = process.env.BITCOIND;

// Only where the environment names a node is there a suite at all: elsewhere nothing is skipped, and this line says so.
if (bitcoind === undefined || bitcoind === "") {
  describe("a live node", () => {
    it("is tested where BITCOIND names a bitcoind, and is not tested here", () => {
      process.stderr.write("not run: the conformance suite on a live node; set BITCOIND to a bitcoind\n");
      expect(bitcoind ?? "").toBe("");
    });
  });
} else {
  let node: LiveNode | undefined;
  beforeAll(async () => {
    node = await startLiveNode(bitcoind);
  });
  afterAll(() => node?.[Symbol.asyncDispose]());
  describeChainSource(
    liveCase(() => {
      if (node === undefined) throw new Error("the live node isn't there");
      return node;
    }),
  );
}
