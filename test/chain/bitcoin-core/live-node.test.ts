import { afterAll, beforeAll, describe } from "vitest";
import { realBitcoind } from "../../kit/real-node.js";
import { describeChainSource } from "../chain-source.conformance.js";
import { type LiveNode, livingSource, startLiveNode } from "./live-node.js";

describe.skipIf(realBitcoind() === undefined)("on a real node", () => {
  let node: LiveNode | undefined;
  beforeAll(async () => {
    node = await startLiveNode();
  });
  afterAll(() => node?.[Symbol.asyncDispose]());

  describeChainSource({
    name: "bitcoin-core",
    blocks: 5,
    // The node's answers take longer than the first event; nothing below the first tip is ever taken off.
    beginningBlocks: 0,
    create() {
      if (node === undefined) throw new Error("the real node isn't there");
      return livingSource(node);
    },
  });
});
