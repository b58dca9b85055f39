import type { ChainQueries, Denylist } from "../chain/index.js";
import { MAX_SNAPSHOT_HASHES } from "../requests/index.js";
import { checkedAnswer } from "./chain/checked-answer.js";
import { fromSource, type SourceCall } from "./chain/from-source.js";
import { ipAndPort, peerAddress } from "./chain/peer-address.js";
import { badSourceAnswer } from "./chain/source-bytes.js";
import type { Methods } from "./method.js";

/** One of the two deny lists: where the source has it, and what it is called. */
interface DenylistOf {
  readonly what: string;
  readonly of: (queries: Partial<ChainQueries>) => Denylist | undefined;
}

const blocks: DenylistOf = { what: "the deny list of blocks", of: (queries) => queries.blockDenylist };
const transactions: DenylistOf = {
  what: "the deny list of transactions",
  of: (queries) => queries.transactionDenylist,
};

async function merge(call: SourceCall, { what, of }: DenylistOf, hashes: readonly string[]): Promise<null> {
  await fromSource(call, what, (queries) => of(queries)?.merge(hashes));
  return null;
}

function clear(call: SourceCall, { what, of }: DenylistOf): Promise<boolean> {
  return fromSource(call, what, (queries) => of(queries)?.clear());
}

function replace(call: SourceCall, { what, of }: DenylistOf, hashes: readonly string[]): Promise<boolean> {
  return fromSource(call, what, (queries) => of(queries)?.replace(hashes));
}

async function snapshot(call: SourceCall, { what, of }: DenylistOf) {
  const { totalCount, hashes } = await fromSource(call, what, (queries) =>
    of(queries)?.snapshot(MAX_SNAPSHOT_HASHES),
  );
  const expected = Math.min(totalCount, MAX_SNAPSHOT_HASHES);
  if (hashes.length !== expected) {
    throw badSourceAnswer(call, what, `${hashes.length} hashes of ${totalCount}, expected are ${expected}`);
  }
  if (hashes.some((hash, index) => index > 0 && hash <= (hashes[index - 1] as string))) {
    throw badSourceAnswer(call, what, "the hashes aren't sorted, or one stands there twice");
  }
  const answer = { total_count: totalCount, truncated: totalCount > hashes.length, hashes: [...hashes] };
  return checkedAnswer(call, "GetBlockServeDenylistSnapshot", what, answer);
}

/** Peers, and what the node serves them. */
export const networkMethods: Methods<
  | "GetNetworkStats"
  | "GetNetworkPeers"
  | "BanPeer"
  | "SendMeshPacketToPeer"
  | "SendStratumV2MessageToPeer"
  | "MergeBlockServeDenylist"
  | "GetBlockServeDenylistSnapshot"
  | "ClearBlockServeDenylist"
  | "ReplaceBlockServeDenylist"
  | "MergeTxServeDenylist"
  | "GetTxServeDenylistSnapshot"
  | "ClearTxServeDenylist"
  | "ReplaceTxServeDenylist"
  | "SetBlockServeMaintenanceMode"
> = {
  GetNetworkStats: async (call) => {
    const what = "network statistics";
    const stats = await fromSource(call, what, (queries) => queries.networkStats?.());
    return checkedAnswer(call, "GetNetworkStats", what, stats);
  },
  GetNetworkPeers: async (call) => {
    const what = "the list of peers";
    const peers = await fromSource(call, what, (queries) => queries.networkPeers?.());
    return checkedAnswer(call, "GetNetworkPeers", what, [...peers]);
  },
  BanPeer: async (call) => {
    const { peer_addr, ban_duration_seconds } = call.input;
    const address = ipAndPort(peer_addr);
    const durationS = ban_duration_seconds === 0 ? undefined : ban_duration_seconds;
    return fromSource(call, "banning a peer", (queries) => queries.banPeer?.(address, durationS));
  },
  SendMeshPacketToPeer: async (call) => {
    const { peer_addr, packet_data } = call.input;
    const peer = peerAddress(peer_addr);
    return fromSource(call, "sending mesh packets", (queries) => queries.sendMeshPacket?.(peer, packet_data));
  },
  SendStratumV2MessageToPeer: async (call) => {
    const { peer_addr, message_data } = call.input;
    const peer = peerAddress(peer_addr);
    return fromSource(call, "sending payloads to peers", (queries) =>
      queries.sendPeerPayload?.(peer, message_data),
    );
  },
  MergeBlockServeDenylist: (call) => merge(call, blocks, call.input.block_hashes),
  GetBlockServeDenylistSnapshot: (call) => snapshot(call, blocks),
  ClearBlockServeDenylist: (call) => clear(call, blocks),
  ReplaceBlockServeDenylist: (call) => replace(call, blocks, call.input.block_hashes),
  MergeTxServeDenylist: (call) => merge(call, transactions, call.input.tx_hashes),
  GetTxServeDenylistSnapshot: (call) => snapshot(call, transactions),
  ClearTxServeDenylist: (call) => clear(call, transactions),
  ReplaceTxServeDenylist: (call) => replace(call, transactions, call.input.tx_hashes),
  SetBlockServeMaintenanceMode: (call) =>
    fromSource(call, "maintenance mode", (queries) => queries.setBlockServeMaintenance?.(call.input.enabled)),
};
