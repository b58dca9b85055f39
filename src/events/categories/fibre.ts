import { defineEvents, event } from "../event-definition.js";
import { text, usize } from "../event-field.js";
import { blockHash, durationMs, height, peerAddr } from "../recurring-field.js";

function p2pPeerAddr() {
  return peerAddr("Address of the peer's ordinary TCP connection, as `ip:port`.");
}

export const fibreEvents = defineEvents("FIBRE", {
  FibreBlockEncoded: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description:
      "A block was cut into chunks with forward error correction, so that it survives lost UDP packets without being asked for again.",
    fields: {
      block_hash: blockHash(),
      height: height(),
      chunks: usize({
        unit: "chunks",
        description: "Chunks made, those for repair included.",
        example: 1500,
      }),
      encoding_time_ms: durationMs("How long the encoding took."),
    },
  }),
  FibreBlockSent: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The chunks of a block were sent to a peer over UDP. Whether they arrived is not known.",
    fields: {
      block_hash: blockHash(),
      height: height(),
      peer_addr: peerAddr("UDP address of the peer, as `ip:port`."),
    },
  }),
  CompanionUdpPeerRegistered: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A connected peer offers block relay over UDP beside its TCP connection.",
    fields: {
      p2p_peer_addr: p2pPeerAddr(),
      udp_addr: text("Address for UDP, as `ip:port`; by habit the TCP port plus 1.", {
        example: "203.0.113.7:8334",
      }),
    },
  }),
  CompanionUdpPeerUnregistered: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A peer with UDP block relay is gone or offers it no longer.",
    fields: {
      p2p_peer_addr: p2pPeerAddr(),
    },
  }),
  FibrePeerRegistered: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A peer takes part in fast block relay over UDP.",
    fields: {
      peer_addr: peerAddr("UDP address of the peer, as `ip:port`."),
    },
  }),
});
