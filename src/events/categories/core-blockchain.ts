import { defineEvents, event } from "../event-definition.js";
import { blockHash, height, previousBlockHash, txHash } from "../recurring-field.js";

export const coreBlockchainEvents = defineEvents("Core Blockchain", {
  NewBlock: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description:
      "A block was connected and is now the tip of the best chain. After a reorganisation it comes once for each block of the new branch, lowest first.",
    fields: {
      block_hash: blockHash(),
      height: height(),
    },
  }),
  NewTransaction: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description:
      "The node accepted an unconfirmed transaction. Coinbase transactions exist only inside blocks and are never announced.",
    fields: {
      tx_hash: txHash(),
    },
  }),
  BlockDisconnected: event({
    owner: "node",
    critical: "always",
    since: "0.1.0",
    description:
      "A block left the best chain. In a reorganisation it comes once for each block of the old branch, tip first, before ChainReorg.",
    fields: {
      hash: blockHash("Hash of the block that is no longer part of the best chain."),
      height: height("Height that the block had; the new branch may put another block there."),
    },
  }),
  ChainReorg: event({
    owner: "node",
    critical: "always",
    since: "0.1.0",
    description:
      "The best chain switched to a branch with more work. It comes after every BlockDisconnected of the old branch and before the NewBlock events of the new one.",
    fields: {
      old_tip: previousBlockHash("Hash of the tip before the switch."),
      new_tip: blockHash("Hash of the tip of the branch that won."),
    },
  }),
});
