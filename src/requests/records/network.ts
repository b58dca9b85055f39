import { z } from "zod";
import { bitSet64, bool, bytes, f64, hash32, list, optional, text, u32, u64 } from "../fields.js";

/** Most hashes that a snapshot of a deny list holds. */
export const MAX_SNAPSHOT_HASHES = 4096;

export const networkStats = () =>
  z.object({
    peer_count: u64("connected peers"),
    hash_rate: f64("estimated hashes per second of the whole network"),
    bytes_sent: u64("to all peers since the start", { unit: "bytes" }),
    bytes_received: u64("from all peers since the start", { unit: "bytes" }),
  });
export type NetworkStats = z.output<ReturnType<typeof networkStats>>;

export const peerInfo = () =>
  z.object({
    addr: text("ip:port, or iroh:hex", 256),
    transport_type: text("tcp, quinn or iroh", 32),
    services: bitSet64("service flags"),
    version: u32("protocol version"),
    connected_since: u64("when the connection was made", { unit: "unix seconds" }),
  });
export type PeerInfo = z.output<ReturnType<typeof peerInfo>>;

export const denylistSnapshot = () =>
  z.object({
    total_count: u64("hashes in the whole list"),
    truncated: bool("whether hashes are missing here"),
    hashes: list(hash32("on the list"), MAX_SNAPSHOT_HASHES, "in sorted order"),
  });
/** At most 4096 hashes of a deny list. */
export type DenylistSnapshot = z.output<ReturnType<typeof denylistSnapshot>>;

export const lightningInfo = () =>
  z.object({
    node_url: text("where the node is reached", 1024),
    node_pubkey: bytes("public key"),
    channel_count: u64("open channels"),
    total_capacity_sats: u64("of all channels together", { unit: "satoshi" }),
  });
export type LightningInfo = z.output<ReturnType<typeof lightningInfo>>;

export const paymentState = () =>
  z.object({
    payment_id: text("as asked for", 256),
    status: z.enum(["pending", "confirmed", "reorg_pending", "failed"]),
    amount_sats: u64("amount", { unit: "satoshi" }),
    tx_hash: optional(hash32("the transaction that pays")),
    confirmations: optional(u32("blocks on top, its own included")),
  });
export type PaymentState = z.output<ReturnType<typeof paymentState>>;
