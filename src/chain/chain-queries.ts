/** An unspent output, in the names of the wire; `value` in satoshi. */
export interface UtxoRecord {
  readonly value: number;
  readonly script_pubkey: Uint8Array;
  readonly height: number;
  readonly is_coinbase: boolean;
}

/** How far a source has caught up; `progress` is 0 to 1. */
export interface SyncStatusRecord {
  readonly phase: "Initial" | "Headers" | "Blocks" | "Synced" | "Error";
  readonly progress: number;
  readonly is_synced: boolean;
  readonly error_message?: string;
}

export interface MempoolSizeRecord {
  readonly transaction_count: number;
  readonly size_bytes: number;
  readonly total_fee_sats: number;
}

export interface NetworkStatsRecord {
  readonly peer_count: number;
  /** Hashes per second of the whole network, estimated. */
  readonly hash_rate: number;
  readonly bytes_sent: number;
  readonly bytes_received: number;
}

export interface PeerRecord {
  readonly addr: string;
  readonly transport_type: string;
  readonly services: bigint;
  readonly version: number;
  /** Unix time in seconds. */
  readonly connected_since: number;
}

export interface LightningRecord {
  readonly node_url: string;
  readonly node_pubkey: Uint8Array;
  readonly channel_count: number;
  readonly total_capacity_sats: number;
}

export interface PaymentRecord {
  readonly payment_id: string;
  readonly status: "pending" | "confirmed" | "reorg_pending" | "failed";
  readonly amount_sats: number;
  readonly tx_hash?: string;
  readonly confirmations?: number;
}

/** A block to be mined; transactions in consensus serialization, the coinbase apart. */
export interface TemplateRecord {
  /** 80 bytes. */
  readonly header: Uint8Array;
  readonly coinbase: Uint8Array;
  readonly transactions: readonly Uint8Array[];
  /** 64 hex characters, big-endian. */
  readonly target: string;
  readonly height: number;
  /** Unix time in seconds. */
  readonly timestamp: number;
}

export interface TemplateRequest {
  /** What the caller knows, such as segwit; as it was given. */
  readonly rules: readonly string[];
  /** Who is paid; undefined leaves that to the source. */
  readonly coinbaseScript: Uint8Array | undefined;
}

export type SubmitOutcome =
  | { readonly outcome: "accepted" }
  | { readonly outcome: "duplicate" }
  | { readonly outcome: "rejected"; readonly reason: string };

/** `reason` is in words: a module reads it. */
export type SendOutcome =
  | { readonly outcome: "accepted" }
  | { readonly outcome: "refused"; readonly reason: string };

/** A peer that something is sent to. */
export interface PeerAddress {
  /** undefined leaves it to the source over what the peer is connected. */
  readonly transport: "tcp" | "quinn" | "iroh" | undefined;
  /** As PeerRecord has it: ip:port with IPv6 in brackets and in its shortest form, or iroh:hex. */
  readonly addr: string;
}

/** A list of hashes that the node doesn't serve to peers. */
export interface Denylist {
  /** An empty list changes nothing. */
  merge(hashes: readonly string[]): Promise<void>;
  /** At most `limit` hashes in sorted order, and how many there are. */
  snapshot(limit: number): Promise<{ readonly totalCount: number; readonly hashes: readonly string[] }>;
  /** @returns whether anything changed */
  clear(): Promise<boolean>;
  /** @returns whether anything changed */
  replace(hashes: readonly string[]): Promise<boolean>;
}

/**
 * What can be asked of a chain source, and what it can be told to do. Hashes in display order, blocks and transactions
 * in consensus serialization with witnesses; undefined is an answer and means that there is none of that name.
 *
 * A source has only what it can answer: a missing member is NOT_AVAILABLE to whoever asks, never an invented value.
 * What a query is about is decided when it is called, by the events that were emitted until then: the block of a
 * NewBlock is in the chain for a subscriber that asks right away, that of a BlockDisconnected is not.
 *
 * Each may reject with the source's own errors, and does when it can't know: undefined and false are never a guess.
 * Bytes are lent in both directions: who gets them doesn't change them, who keeps them copies them.
 * Only `sendTransaction`, `submitBlock` and `queueReceivedBlock` change blocks, mempool or outputs.
 */
export interface ChainQueries {
  /** One of the best chain; a source may know others too, such as those that a reorganisation left. */
  block(hash: string): Promise<Uint8Array | undefined>;
  /** The 80 bytes, for the hashes that `block` knows. */
  blockHeader(hash: string): Promise<Uint8Array | undefined>;
  /** Of the best chain. */
  blockHashAt(heightBlocks: number): Promise<string | undefined>;
  /** One in a block of the best chain. */
  transaction(txid: string): Promise<Uint8Array | undefined>;
  hasTransaction(txid: string): Promise<boolean>;
  utxo(txid: string, index: number): Promise<UtxoRecord | undefined>;
  syncStatus(): Promise<SyncStatusRecord>;

  mempoolTransactions(): Promise<readonly string[]>;
  mempoolTransaction(txid: string): Promise<Uint8Array | undefined>;
  hasMempoolTransaction(txid: string): Promise<boolean>;
  mempoolSize(): Promise<MempoolSizeRecord>;
  /** In sat/vB; undefined while too little is known. 0 and 1 mean the next block. */
  feeEstimate(targetBlocks: number): Promise<number | undefined>;
  /** The bytes were parsed before: they are one transaction. */
  sendTransaction(transaction: Uint8Array): Promise<SendOutcome>;

  blockTemplate(request: TemplateRequest): Promise<TemplateRecord>;
  /** The script that pays an address of the source's network; undefined for everything else. */
  scriptOfAddress(address: string): Promise<Uint8Array | undefined>;
  /** The bytes were parsed before: they are one block. Whether it is valid is for the source to say. */
  submitBlock(block: Uint8Array): Promise<SubmitOutcome>;
  /**
   * The bytes were parsed before. Resolves when the block is queued, before it is validated.
   * @returns false when the source's queue is full
   */
  queueReceivedBlock(block: Uint8Array): Promise<boolean>;

  networkStats(): Promise<NetworkStatsRecord>;
  networkPeers(): Promise<readonly PeerRecord[]>;
  /** `address` is ip:port as PeerRecord has it; `durationS` undefined is for ever. @returns whether anything changed */
  banPeer(address: string, durationS: number | undefined): Promise<boolean>;
  /** @returns false when the peer isn't connected */
  sendMeshPacket(peer: PeerAddress, packet: Uint8Array): Promise<boolean>;
  /** @returns false when the peer isn't connected */
  sendPeerPayload(peer: PeerAddress, payload: Uint8Array): Promise<boolean>;
  /** @returns whether anything changed */
  setBlockServeMaintenance(isEnabled: boolean): Promise<boolean>;
  readonly blockDenylist: Denylist;
  readonly transactionDenylist: Denylist;

  lightningNodeUrl(): Promise<string | undefined>;
  lightningInfo(): Promise<LightningRecord | undefined>;
  paymentState(paymentId: string): Promise<PaymentRecord | undefined>;
}
