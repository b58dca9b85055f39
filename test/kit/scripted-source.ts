import { Subject } from "rxjs";
import { targetOfBits } from "../../src/chain/block/proof-of-work.js";
import { serializeBlock, serializeTransaction } from "../../src/chain/block/serialize-block.js";
import { isCoinbase } from "../../src/chain/block/transaction.js";
import { chainErrors } from "../../src/chain/errors.js";
import type {
  ChainEvent,
  ChainQueries,
  ChainSource,
  ChainTip,
  PeerAddress,
  PeerRecord,
  TemplateRequest,
} from "../../src/chain/index.js";
import { assembleBlock, EASIEST_BITS, mustBlock, mustTransaction } from "./mine-block.js";
import { scriptedDenylist } from "./scripted-denylist.js";
import { ScriptedNode } from "./scripted-node.js";

/** An address of the scripted network, and the script that pays it. */
export const SCRIPTED_ADDRESS = "scripted-address";
export const SCRIPTED_SCRIPT: Uint8Array = Buffer.from(`0014${"ab".repeat(20)}`, "hex");

export const scriptedPeers: readonly PeerRecord[] = [
  {
    addr: "192.0.2.1:8333",
    transport_type: "tcp",
    services: 0x409n,
    version: 70_016,
    connected_since: 1_700_000_000,
  },
  // Bits above 2^53 are no safe integer.
  {
    addr: "[2001:db8::1]:8333",
    transport_type: "quinn",
    services: (1n << 63n) | 1n,
    version: 70_016,
    connected_since: 1_700_000_001,
  },
  {
    addr: `iroh:${"0a".repeat(32)}`,
    transport_type: "iroh",
    services: 0n,
    version: 70_015,
    connected_since: 1_700_000_002,
  },
];

/**
 * A chain source that can answer and do everything, over a small chain of real blocks. Nothing happens by itself but
 * the script at its start; `onEffect` hears of every command that changed or sent anything.
 */
export class ScriptedSource implements ChainSource {
  readonly name = "scripted";
  readonly queries: ChainQueries;
  readonly #events = new Subject<ChainEvent>();
  readonly events$ = this.#events.asObservable();
  readonly #node = new ScriptedNode((event) => this.#events.next(event));
  readonly #bans = new Map<string, number | undefined>();
  readonly #onEffect: (effect: string) => void;
  #isMaintained = false;
  #isClosed = false;
  #started: Promise<void> | undefined;

  constructor(onEffect: (effect: string) => void = () => {}) {
    this.#onEffect = onEffect;
    this.queries = this.#makeQueries();
  }

  /** One whose script has been played, for tests that don't look at its events. */
  static played(onEffect?: (effect: string) => void): ScriptedSource {
    const source = new ScriptedSource(onEffect);
    source.#node.play();
    return source;
  }

  start(): Promise<void> {
    if (this.#isClosed) return Promise.reject(this.#closed());
    this.#started ??= Promise.resolve().then(() => {
      setImmediate(() => this.#isClosed || this.#node.play());
    });
    return this.#started;
  }

  tip(): ChainTip | undefined {
    return this.#node.tip;
  }

  chainInfo() {
    return this.#node.chainInfo;
  }

  /** Of everything that belongs to the chain: blocks, mempool, outputs, queue. Not of bans, deny lists, maintenance. */
  stateHash(): string {
    return this.#node.stateHash();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#events.complete();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #closed() {
    return chainErrors.CHAIN_SOURCE_CLOSED({ source: this.name });
  }

  #makeQueries(): ChainQueries {
    const node = this.#node;
    const act = (effect: string) => this.#onEffect(effect);
    return {
      block: async (hash) => node.block(hash)?.bytes,
      blockHeader: async (hash) => node.block(hash)?.bytes.subarray(0, 80),
      blockHashAt: async (heightBlocks) => node.hashAt(heightBlocks),
      transaction: async (txid) => node.confirmed(txid),
      hasTransaction: async (txid) => node.confirmed(txid) !== undefined,
      utxo: async (txid, index) => node.utxos().get(`${txid}:${index}`),
      syncStatus: async () =>
        node.isSynced
          ? { phase: "Synced", progress: 1, is_synced: true }
          : { phase: "Initial", progress: 0, is_synced: false },

      mempoolTransactions: async () => [...node.mempool.keys()],
      mempoolTransaction: async (txid) => node.mempool.get(txid),
      hasMempoolTransaction: async (txid) => node.mempool.has(txid),
      mempoolSize: async () => ({
        transaction_count: node.mempool.size,
        size_bytes: [...node.mempool.values()].reduce((sum, { length }) => sum + length, 0),
        total_fee_sats: 1000 * node.mempool.size,
      }),
      feeEstimate: async (targetBlocks) => (targetBlocks <= 1 ? 20.4 : 5),
      sendTransaction: async (bytes) => {
        const transaction = mustTransaction(bytes);
        if (isCoinbase(transaction)) return { outcome: "refused", reason: "it is a coinbase" };
        act(`send ${transaction.txid}`);
        node.admit(transaction.txid, bytes);
        return { outcome: "accepted" };
      },

      blockTemplate: async (request) => this.#template(request),
      scriptOfAddress: async (address) => (address === SCRIPTED_ADDRESS ? SCRIPTED_SCRIPT : undefined),
      submitBlock: async (bytes) => {
        const outcome = node.submit({ bytes: Uint8Array.from(bytes), block: mustBlock(bytes) });
        if (outcome.outcome === "accepted") act("block accepted");
        return outcome;
      },
      queueReceivedBlock: async (bytes) => {
        const isQueued = node.queue(bytes);
        if (isQueued) act("block queued");
        return isQueued;
      },

      networkStats: async () => ({ peer_count: 3, hash_rate: 6e20, bytes_sent: 1, bytes_received: 2 }),
      networkPeers: async () => scriptedPeers,
      banPeer: async (address, durationS) => {
        if (this.#bans.has(address) && this.#bans.get(address) === durationS) return false;
        this.#bans.set(address, durationS);
        act(`ban ${address} for ${durationS ?? "ever"}`);
        return true;
      },
      sendMeshPacket: (peer, packet) => this.#send("packet", peer, packet),
      sendPeerPayload: (peer, payload) => this.#send("payload", peer, payload),
      setBlockServeMaintenance: async (isEnabled) => {
        if (isEnabled === this.#isMaintained) return false;
        this.#isMaintained = isEnabled;
        act(`maintenance ${isEnabled}`);
        return true;
      },
      blockDenylist: scriptedDenylist("block deny list", act),
      transactionDenylist: scriptedDenylist("transaction deny list", act),

      lightningNodeUrl: async () => "https://lightning.example:9735",
      lightningInfo: async () => ({
        node_url: "https://lightning.example:9735",
        node_pubkey: new Uint8Array(33).fill(2),
        channel_count: 3,
        total_capacity_sats: 21_000_000,
      }),
      paymentState: async (payment_id) =>
        payment_id === "payment"
          ? { payment_id, status: "confirmed", amount_sats: 1, tx_hash: "ab".repeat(32), confirmations: 2 }
          : undefined,
    };
  }

  async #send(what: string, { transport, addr }: PeerAddress, bytes: Uint8Array): Promise<boolean> {
    const peer = scriptedPeers.find((each) => each.addr === addr);
    if (peer === undefined || (transport !== undefined && transport !== peer.transport_type)) return false;
    this.#onEffect(`${what} of ${bytes.length} bytes to ${transport ?? "any"} ${addr}`);
    return true;
  }

  #template({ coinbaseScript = Uint8Array.of(0x51) }: TemplateRequest) {
    const { hash, heightBlocks } = this.#node.tip as ChainTip;
    const waiting = [...this.#node.mempool.values()];
    const height = heightBlocks + 1;
    const block = assembleBlock({
      previousHash: hash,
      heightBlocks: height,
      script: coinbaseScript,
      transactions: waiting.map(mustTransaction),
    });
    return {
      header: serializeBlock(block).subarray(0, 80),
      coinbase: serializeTransaction(block.transactions[0]),
      transactions: waiting,
      target: targetOfBits(EASIEST_BITS).toString(16).padStart(64, "0"),
      height,
      timestamp: block.header.timestampS,
    };
  }
}
