import { defineEvents, event } from "../event-definition.js";
import { bytes, text, u32 } from "../event-field.js";
import { peerAddr } from "../recurring-field.js";

function endpoint() {
  return text("Network address of the miner or proxy.", { example: "198.51.100.20:41234" });
}

export const stratumV2Events = defineEvents("Stratum V2", {
  StratumV2MessageReceived: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A peer sent a Stratum V2 frame over the node's own network. The node passes it on unread.",
    fields: {
      message_data: bytes("The whole frame, header included.", { example: "000001000000" }),
      peer_addr: peerAddr(),
    },
  }),
  StratumClientConnected: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "A miner connected to the module's Stratum V2 server and both agreed on a protocol version.",
    fields: {
      endpoint: endpoint(),
      protocol_version: u32({ description: "Version agreed on; 2 for Stratum V2.", example: 2 }),
    },
  }),
  StratumClientDisconnected: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "A miner's connection to the module's Stratum V2 server ended.",
    fields: {
      endpoint: endpoint(),
      reason: text("Why the connection ended, for a person to read.", { example: "timeout" }),
    },
  }),
});
