import type { ChainEvent } from "../../chain-source.js";
import type { PretendedPeer } from "../devnet-actions.js";

/** Magic, command, length and checksum before the payload of every message. */
const ENVELOPE_BYTES = 24;
/** A count and one entry of type and hash. */
const INVENTORY_BYTES = 1 + 36;

type PeerMessage = "inv" | "getdata" | "tx" | "block" | "addr" | "ping";

/**
 * The messages between the node and its pretended peers, each as long as the real one: envelope and payload.
 * The counters are the sums of what was told.
 * @see https://developer.bitcoin.org/reference/p2p_networking.html
 */
export class PeerTraffic {
  bytesSent = 0;
  bytesReceived = 0;
  readonly #emit: (event: ChainEvent) => void;

  constructor(emit: (event: ChainEvent) => void) {
    this.#emit = emit;
  }

  received({ address, version }: PretendedPeer, type: PeerMessage, payloadBytes: number): void {
    const message_size = ENVELOPE_BYTES + payloadBytes;
    this.bytesReceived += message_size;
    const payload = {
      peer_addr: address,
      message_type: type,
      message_size,
      protocol_version: version,
    };
    this.#emit({ type: "MessageReceived", payload });
  }

  sent({ address }: PretendedPeer, type: PeerMessage, payloadBytes: number): void {
    const message_size = ENVELOPE_BYTES + payloadBytes;
    this.bytesSent += message_size;
    this.#emit({ type: "MessageSent", payload: { peer_addr: address, message_type: type, message_size } });
  }

  /** A peer announces a block or a transaction, is asked for it and sends it. */
  fetched(peer: PretendedPeer, kind: "tx" | "block", sizeBytes: number): void {
    this.received(peer, "inv", INVENTORY_BYTES);
    this.sent(peer, "getdata", INVENTORY_BYTES);
    this.received(peer, kind, sizeBytes);
  }

  /** The node announces something to peers; one of them asks for it and gets it, as the others have it from him then. */
  announced(peers: readonly PretendedPeer[], kind: "tx" | "block", sizeBytes: number): void {
    const [asking] = peers;
    if (asking === undefined) return;
    const target_peers = peers.length;
    this.#emit({ type: "BroadcastStarted", payload: { message_type: "inv", target_peers } });
    for (const peer of peers) this.sent(peer, "inv", INVENTORY_BYTES);
    const payload = { message_type: "inv", successful: target_peers, failed: 0 };
    this.#emit({ type: "BroadcastCompleted", payload });
    this.received(asking, "getdata", INVENTORY_BYTES);
    this.sent(asking, kind, sizeBytes);
  }
}
