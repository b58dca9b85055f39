import { defineEvents, event } from "../event-definition.js";
import {
  bitSet64,
  bool,
  bytes,
  f64,
  openWord,
  optional,
  text,
  textList,
  u32,
  u64,
  usize,
  word,
} from "../event-field.js";
import { peerAddr } from "../recurring-field.js";

function messageType(
  description = "Command name of the peer-to-peer message, at most 12 characters on the wire.",
) {
  return text(description, { example: "inv" });
}

function messageSize(description: string) {
  return usize({ unit: "bytes", description, example: 61 });
}

function destination() {
  return bytes("Node id of the destination in the mesh, 32 bytes.", { example: "ab".repeat(32) });
}

function partitionId() {
  return bytes("Identifier of the partition, the same when it is over.", { example: "0a0b0c0d" });
}

export const networkEvents = defineEvents("Network", {
  PeerConnected: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description:
      "A transport connection to a peer is up. Version data is 0 until the peers have greeted each other.",
    fields: {
      peer_addr: peerAddr(),
      transport_type: word(
        ["tcp", "quinn", "iroh", "mesh"],
        "Transport that carries the connection; quinn is QUIC.",
      ),
      services: bitSet64(
        "Service flags of the peer's version message: bit 0 NODE_NETWORK, bit 3 NODE_WITNESS, bit 10 NODE_NETWORK_LIMITED, and so on.",
        { example: 1033n },
      ),
      version: u32({ description: "Protocol version that the peer speaks, 70016 for one.", example: 70_016 }),
      peer_node_id: optional(
        bytes("Node id of 32 bytes. Absent while the transport knows none.", { example: "cd".repeat(32) }),
      ),
    },
  }),
  PeerDisconnected: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The connection to a peer ended.",
    fields: {
      peer_addr: peerAddr(),
      reason: word(["timeout", "error", "ban", "manual"], "Why it ended."),
    },
  }),
  PeerBanned: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A peer was put on the ban list; the node neither connects to it nor accepts it.",
    fields: {
      peer_addr: peerAddr(),
      reason: text("Why it was banned, for a person to read.", { example: "invalid block" }),
      ban_duration_seconds: optional(
        u64({ unit: "s", description: "How long the ban lasts. Absent means for ever.", example: 86_400 }),
      ),
    },
  }),
  PeerUnbanned: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A peer left the ban list, by hand or because its time was over.",
    fields: {
      peer_addr: peerAddr(),
    },
  }),
  MessageReceived: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A peer-to-peer message arrived. It comes for every message, so subscribe with care.",
    fields: {
      peer_addr: peerAddr(),
      message_type: openWord(
        ["block", "tx", "inv"],
        "Command name of the peer-to-peer message, at most 12 characters on the wire.",
      ),
      message_size: messageSize("Length of the message."),
      protocol_version: u32({
        description: "Protocol version agreed with the peer; 0 before the greeting.",
        example: 70_016,
      }),
    },
  }),
  MessageSent: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A peer-to-peer message was handed to a peer's connection. It comes for every message.",
    fields: {
      peer_addr: peerAddr(),
      message_type: messageType(),
      message_size: messageSize("Length of the message."),
    },
  }),
  BroadcastStarted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node began to send one message to many peers.",
    fields: {
      message_type: messageType(),
      target_peers: usize({ unit: "peers", description: "Peers that it is meant for.", example: 8 }),
    },
  }),
  BroadcastCompleted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node has tried every peer of a broadcast.",
    fields: {
      message_type: messageType(),
      successful: usize({
        unit: "peers",
        description: "Peers whose connection took the message.",
        example: 8,
      }),
      failed: usize({ unit: "peers", description: "Peers that could not be reached.", example: 0 }),
    },
  }),
  RouteDiscovered: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "A mesh route to a destination was found.",
    fields: {
      destination: destination(),
      route_path: textList("Node ids along the route as hex, from the source to the destination.", {
        example: ["cd".repeat(32), "ab".repeat(32)],
      }),
      route_cost: u64({
        unit: "sat",
        description: "What the hops ask for one packet, together.",
        example: 20,
      }),
    },
  }),
  RouteFailed: event({
    owner: "module",
    critical: "never",
    since: "0.1.0",
    description: "A mesh route could not be found, or stopped carrying packets.",
    fields: {
      destination: destination(),
      reason: text("Why it failed, for a person to read.", { example: "discovery timed out after 30 s" }),
    },
  }),
  ConnectionAttempt: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node tried to open a connection to a peer.",
    fields: {
      peer_addr: peerAddr(),
      success: bool("True when the connection came up."),
      error: optional(text("Why it did not. Absent on success.", { example: "connection refused" })),
    },
  }),
  AddressDiscovered: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node learned the address of a possible peer.",
    fields: {
      peer_addr: peerAddr(),
      source: word(
        ["dns", "peer", "manual", "mesh"],
        "Where the address came from: a DNS seed, a peer's addr message, the configuration, or the mesh.",
      ),
    },
  }),
  AddressExpired: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node forgot an address that had not answered for too long.",
    fields: {
      peer_addr: peerAddr(),
    },
  }),
  NetworkPartition: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A group of peers became unreachable at once.",
    fields: {
      partition_id: partitionId(),
      disconnected_peers: textList("Addresses of the peers that were lost.", {
        example: ["203.0.113.7:8333"],
      }),
      partition_size: usize({
        unit: "peers",
        description: "Peers in the part that was cut off.",
        example: 1,
      }),
    },
  }),
  NetworkReconnected: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "Peers of a partition can be reached again.",
    fields: {
      partition_id: partitionId(),
      reconnected_peers: textList("Addresses of the peers that are back.", { example: ["203.0.113.7:8333"] }),
    },
  }),
  DoSAttackDetected: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A peer behaves as if it meant to exhaust this node.",
    fields: {
      peer_addr: peerAddr(),
      attack_type: word(["flood", "spam", "resource_exhaustion"], "What the peer does."),
      severity: word(["low", "medium", "high", "critical"], "How much it hurts."),
    },
  }),
  RateLimitExceeded: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A peer went over one of the node's rate limits.",
    fields: {
      peer_addr: peerAddr(),
      limit_type: word(["messages", "bytes", "connections"], "What the limit counts."),
      current_rate: f64({
        unit: "per s",
        description: "Rate measured, of what `limit_type` names.",
        example: 250,
      }),
      limit: f64({ unit: "per s", description: "Rate allowed.", example: 100 }),
    },
  }),
});
