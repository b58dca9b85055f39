import { decodeTransaction } from "../block/decode.js";
import { targetOfBits } from "../block/proof-of-work.js";
import { serializeBlock, serializeTransaction } from "../block/serialize-block.js";
import type { ChainQueries, SendOutcome } from "../chain-queries.js";
import type { DevnetNode } from "./devnet-node.js";
import { buildBlock } from "./kernel/build-block.js";
import type { ChainKernel } from "./kernel/chain-kernel.js";
import type { PeerBook } from "./life/peer-book.js";
import type { Mempool } from "./mempool/mempool.js";
import type { Miner } from "./node/mining.js";
import { networkHashRate } from "./node/network-hash-rate.js";
import type { ReceivedBlocks } from "./node/received-blocks.js";
import type { SyncPhaseName } from "./node/sync-story.js";
import type { ToldChain } from "./node/told-chain.js";
import type { ToldMempool } from "./node/told-mempool.js";
import type { WithheldHashes } from "./node/withheld-hashes.js";
import type { Wallet } from "./wallet/wallet.js";

export interface DevnetQueryDependencies {
  readonly node: DevnetNode;
  readonly kernel: ChainKernel;
  readonly chain: ToldChain;
  readonly mempool: Mempool;
  readonly told: ToldMempool;
  readonly miner: Miner;
  readonly wallet: Wallet;
  readonly peers: PeerBook;
  readonly received: ReceivedBlocks;
  readonly withheld: WithheldHashes;
  readonly phase: () => SyncPhaseName;
}

/** Everything but what a devnet has none of: packets to peers, for nobody is behind its peers, and Lightning. */
export type DevnetQueries = Omit<
  ChainQueries,
  "sendMeshPacket" | "sendPeerPayload" | "lightningNodeUrl" | "lightningInfo" | "paymentState"
>;

const headerBytes = 80;
/** How much of the start is done in each phase, where no number of blocks tells. */
const progressOf: Readonly<Record<SyncPhaseName, number>> = {
  Initial: 0,
  Headers: 0,
  Blocks: 0.5,
  Synced: 1,
};

/** Nothing of `deps` is looked at before a query is called. Queries by what the events have told; commands act at once, or at the next turn of the event loop for a queued block. */
export function devnetQueries(deps: DevnetQueryDependencies): DevnetQueries {
  function confirmed(txid: string): Uint8Array | undefined {
    const place = deps.chain.place(txid);
    const transaction = place && deps.chain.block(place.entry.hash)?.block.transactions[place.position];
    return transaction && serializeTransaction(transaction);
  }

  return {
    block: async (hash) => deps.kernel.blockBytes(hash),
    blockHeader: async (hash) => deps.kernel.blockBytes(hash)?.subarray(0, headerBytes),
    blockHashAt: async (heightBlocks) => deps.chain.entryAt(heightBlocks)?.hash,
    transaction: async (txid) => confirmed(txid),
    hasTransaction: async (txid) => deps.chain.place(txid) !== undefined,
    async utxo(txid, index) {
      const coin = deps.chain.coin(txid, index);
      return (
        coin && {
          value: coin.valueSat,
          script_pubkey: coin.scriptPubKey,
          height: coin.heightBlocks,
          is_coinbase: coin.isCoinbase,
        }
      );
    },
    async syncStatus() {
      const phase = deps.phase();
      return { phase, progress: progressOf[phase], is_synced: phase === "Synced" };
    },

    mempoolTransactions: async () => deps.told.txids(),
    mempoolTransaction: async (txid) => deps.told.entry(txid)?.bytes,
    hasMempoolTransaction: async (txid) => deps.told.entry(txid) !== undefined,
    mempoolSize: async () => ({
      transaction_count: deps.told.size,
      size_bytes: deps.told.sizeVb,
      total_fee_sats: deps.told.feesSat,
    }),
    feeEstimate: async (targetBlocks) => deps.mempool.estimateFee(Math.max(1, targetBlocks)),
    async sendTransaction(bytes): Promise<SendOutcome> {
      const decoded = decodeTransaction(bytes);
      if (!decoded.ok) return { outcome: "refused", reason: decoded.problem };
      const outcome = deps.node.accept(decoded.value, bytes);
      return outcome.outcome === "accepted" ? { outcome: "accepted" } : outcome;
    },

    async blockTemplate({ coinbaseScript = deps.node.payoutScript }) {
      const plan = deps.miner.plan(deps.miner.template(), coinbaseScript);
      const block = buildBlock(deps.kernel, plan);
      const [coinbase, ...transactions] = block.transactions;
      return {
        header: serializeBlock(block).subarray(0, headerBytes),
        coinbase: serializeTransaction(coinbase),
        transactions: transactions.map(serializeTransaction),
        target: targetOfBits(block.header.bits).toString(16).padStart(64, "0"),
        height: deps.kernel.tip.heightBlocks + 1,
        timestamp: block.header.timestampS,
      };
    },
    scriptOfAddress: async (address) => deps.wallet.scriptOf(address),
    submitBlock: async (bytes) => deps.node.submit(bytes),
    queueReceivedBlock: async (bytes) => deps.received.offer(bytes),

    async networkStats() {
      const { bytesSent, bytesReceived } = deps.peers.traffic;
      return {
        peer_count: deps.peers.peers().length,
        hash_rate: networkHashRate(deps.chain),
        bytes_sent: bytesSent,
        bytes_received: bytesReceived,
      };
    },
    async networkPeers() {
      return deps.peers.peers().map(({ address, transport, services, version, connectedSinceS }) => ({
        addr: address,
        transport_type: transport,
        services,
        version,
        connected_since: connectedSinceS,
      }));
    },
    async banPeer(address, durationS) {
      const untilS = durationS === undefined ? undefined : deps.node.nowS() + durationS;
      const ban = deps.peers.bans().find((each) => each.address === address);
      if (ban !== undefined && ban.untilS === untilS) return false;
      deps.node.banPeer(address, "banned by request", durationS);
      return true;
    },
    setBlockServeMaintenance: async (isEnabled) => deps.withheld.setMaintenance(isEnabled),
    blockDenylist: deps.withheld.blocks,
    transactionDenylist: deps.withheld.transactions,
  };
}
