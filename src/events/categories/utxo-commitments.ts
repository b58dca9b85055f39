import { defineEvents, event } from "../event-definition.js";
import { bool, hash32 } from "../event-field.js";
import { blockHash, height, peerAddr } from "../recurring-field.js";

function commitmentHash() {
  return hash32("Hash that commits to the whole set of unspent outputs after that block.", {
    example: "9c".repeat(32),
  });
}

export const utxoCommitmentsEvents = defineEvents("UTXO Commitments", {
  UtxoCommitmentReceived: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description:
      "A peer sent a commitment to the set of unspent outputs. It is a claim until it was verified.",
    fields: {
      block_hash: blockHash("Hash of the block that the commitment belongs to."),
      height: height(),
      commitment_hash: commitmentHash(),
      peer_addr: peerAddr(),
    },
  }),
  UtxoCommitmentVerified: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A commitment to the set of unspent outputs was checked.",
    fields: {
      block_hash: blockHash("Hash of the block that the commitment belongs to."),
      height: height(),
      commitment_hash: commitmentHash(),
      valid: bool("True when it agrees with the set that this node computed."),
    },
  }),
});
