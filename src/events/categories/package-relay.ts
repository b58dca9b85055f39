import { defineEvents, event } from "../event-definition.js";
import { bytes, text, usize } from "../event-field.js";
import { peerAddr } from "../recurring-field.js";

function packageId() {
  return bytes("Identifier of the package: a hash over the wtxids of its transactions, sorted.", {
    example: "e1".repeat(32),
  });
}

export const packageRelayEvents = defineEvents("Package Relay", {
  PackageReceived: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description:
      "A peer sent transactions to be judged together (BIP 331), so that a child can pay for a parent with a low fee.",
    fields: {
      package_id: packageId(),
      transaction_count: usize({
        unit: "transactions",
        description: "Transactions in the package.",
        example: 2,
      }),
      peer_addr: peerAddr(),
    },
  }),
  PackageRejected: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A package was refused as a whole.",
    fields: {
      package_id: packageId(),
      reason: text("Why it was refused, for a person to read.", { example: "package-not-sorted" }),
      peer_addr: peerAddr(),
    },
  }),
});
