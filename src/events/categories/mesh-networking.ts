import { defineEvents, event } from "../event-definition.js";
import { bytes } from "../event-field.js";
import { peerAddr } from "../recurring-field.js";

export const meshNetworkingEvents = defineEvents("Mesh Networking", {
  MeshPacketReceived: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A peer sent bytes that start with the mesh magic. The node passes them on unread.",
    fields: {
      packet_data: bytes("The whole packet, its magic `MESH` (4d 45 53 48) included.", {
        example: "4d45534801",
      }),
      peer_addr: peerAddr(),
    },
  }),
});
