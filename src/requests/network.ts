import { z } from "zod";
import { request } from "./define-request.js";
import { bool, bytes, hash32, list, optional, text, u64, unit } from "./fields.js";
import { denylistSnapshot, networkStats, peerInfo } from "./records/network.js";
import { sourceErrors } from "./source-errors.js";

const read = { permission: "read_network", errors: sourceErrors } as const;
const act = { permission: "network_access", errors: sourceErrors } as const;
const nothing = () => z.object({});
/** Hashes in one request; a longer list is merged piece by piece. */
const MAX_HASHES = 50_000;
const MAX_PACKET_BYTES = 4 * 1024 * 1024;
const blockHashes = () => z.object({ block_hashes: list(hash32("of a block"), MAX_HASHES) });
const txHashes = () => z.object({ tx_hashes: list(hash32("txid"), MAX_HASHES) });
const peerAddress = () =>
  text("ip:port, tcp:ip:port, quinn:ip:port or iroh: and 64 hex characters; IPv6 in brackets", 256);

/** Peers, and what the node serves them. */
export const networkRequests = {
  GetNetworkStats: request({
    ...read,
    about: "Number of peers, estimated hash rate, bytes sent and received.",
    input: nothing,
    answer: networkStats,
    call: () => ({}),
  }),
  GetNetworkPeers: request({
    ...read,
    about: "The connected peers.",
    input: nothing,
    answer: () => list(peerInfo()),
    call: () => ({}),
  }),
  BanPeer: request({
    ...act,
    errors: sourceErrors,
    about: "Disconnects a peer and keeps it away. False when the peer was banned already.",
    input: () =>
      z.object({
        peer_addr: text("ip:port, an IPv6 address in brackets", 64),
        ban_duration_seconds: optional(u64("absent or 0: for ever", { unit: "seconds" })),
      }),
    answer: () => bool("whether anything changed"),
    call: (peer_addr: string, ban_duration_seconds?: number) => ({ peer_addr, ban_duration_seconds }),
  }),
  SendMeshPacketToPeer: request({
    ...act,
    about: "Sends a mesh packet to a connected peer. False when the peer isn't connected.",
    input: () => z.object({ peer_addr: peerAddress(), packet_data: bytes("the packet", MAX_PACKET_BYTES) }),
    answer: () => bool("whether it was sent"),
    call: (peer_addr: string, packet_data: Uint8Array) => ({ peer_addr, packet_data }),
  }),
  SendStratumV2MessageToPeer: request({
    ...act,
    about: "Sends an opaque payload to a connected peer. False when the peer isn't connected.",
    input: () => z.object({ peer_addr: peerAddress(), message_data: bytes("the payload", MAX_PACKET_BYTES) }),
    answer: () => bool("whether it was sent"),
    call: (peer_addr: string, message_data: Uint8Array) => ({ peer_addr, message_data }),
  }),
  MergeBlockServeDenylist: request({
    ...act,
    about: "Adds blocks that the node doesn't serve to peers.",
    input: blockHashes,
    answer: unit,
    call: (block_hashes: readonly string[]) => ({ block_hashes: [...block_hashes] }),
  }),
  GetBlockServeDenylistSnapshot: request({
    ...read,
    about: "The blocks that the node doesn't serve, at most 4096 of them.",
    input: nothing,
    answer: denylistSnapshot,
    call: () => ({}),
  }),
  ClearBlockServeDenylist: request({
    ...act,
    about: "Serves every block again. False when the list was empty.",
    input: nothing,
    answer: () => bool("whether anything changed"),
    call: () => ({}),
  }),
  ReplaceBlockServeDenylist: request({
    ...act,
    about: "Serves every block but these. False when the list was the same.",
    input: blockHashes,
    answer: () => bool("whether anything changed"),
    call: (block_hashes: readonly string[]) => ({ block_hashes: [...block_hashes] }),
  }),
  MergeTxServeDenylist: request({
    ...act,
    about: "Adds transactions that the node doesn't serve to peers.",
    input: txHashes,
    answer: unit,
    call: (tx_hashes: readonly string[]) => ({ tx_hashes: [...tx_hashes] }),
  }),
  GetTxServeDenylistSnapshot: request({
    ...read,
    about: "The transactions that the node doesn't serve, at most 4096 of them.",
    input: nothing,
    answer: denylistSnapshot,
    call: () => ({}),
  }),
  ClearTxServeDenylist: request({
    ...act,
    about: "Serves every transaction again. False when the list was empty.",
    input: nothing,
    answer: () => bool("whether anything changed"),
    call: () => ({}),
  }),
  ReplaceTxServeDenylist: request({
    ...act,
    about: "Serves every transaction but these. False when the list was the same.",
    input: txHashes,
    answer: () => bool("whether anything changed"),
    call: (tx_hashes: readonly string[]) => ({ tx_hashes: [...tx_hashes] }),
  }),
  SetBlockServeMaintenanceMode: request({
    ...act,
    about:
      "Refuses every request of a peer for a whole block, or serves them again. False when nothing changed.",
    input: () => z.object({ enabled: bool("true refuses") }),
    answer: () => bool("whether anything changed"),
    call: (enabled: boolean) => ({ enabled }),
  }),
};
