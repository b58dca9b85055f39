import type { ChainEvent } from "../chain-source.js";
import { type Ban, banFilter, bansOf } from "./bans.js";
import { type NodePeer, peersOf } from "./node-peer.js";
import type { RpcCaller } from "./rpc-caller.js";

/** A node that bans more than these tells of its bans no longer, until they are fewer. */
const maxBans = 100_000;
/** Core disconnects a peer that left a ping unanswered for 20 minutes. */
const pingTimeoutS = 20 * 60;

export interface PeerWatchDependencies {
  readonly rpc: RpcCaller;
  readonly emit: (event: ChainEvent) => void;
  /** How far apart two looks are: a peer that was this near to its timeout may have reached it. */
  readonly intervalMs: number;
}

/**
 * Tells from getpeerinfo and listbanned who came, who left, who was banned and who no longer is. What the first look
 * finds is known already; a peer that comes and goes between two looks is not told, nor one that hasn't greeted yet, for
 * its version and services aren't known before.
 *
 * Within a look the bans come first, then who left, then who came. A peer that left is told as `ban` when its address
 * is on the list, as `timeout` when it had left a ping unanswered for so long that Core gives it up, else as `error`:
 * Core doesn't tell why.
 * @see https://developer.bitcoin.org/reference/rpc/getpeerinfo.html
 * @see https://developer.bitcoin.org/reference/rpc/listbanned.html
 */
export class PeerWatch {
  readonly #dependencies: PeerWatchDependencies;
  #peers: ReadonlyMap<string, NodePeer> | undefined;
  #bans: ReadonlyMap<string, Ban> | undefined;

  constructor(dependencies: PeerWatchDependencies) {
    this.#dependencies = dependencies;
  }

  async look(signal: AbortSignal): Promise<void> {
    const { rpc } = this.#dependencies;
    const peers = peersOf(await rpc.call("getpeerinfo", [], { signal }));
    // Afterwards: the node puts an address on the list before it lets go of who is there.
    const bans = bansOf(await rpc.call("listbanned", [], { signal }));
    if (signal.aborted) return;
    this.#tellBans(bans.size > maxBans ? undefined : bans);
    this.#tellPeers(connectionsOf(peers), bans);
  }

  #tellBans(bans: ReadonlyMap<string, Ban> | undefined): void {
    const before = this.#bans;
    this.#bans = bans;
    if (before === undefined || bans === undefined) return;
    const { emit } = this.#dependencies;
    for (const [subnet, ban] of bans) {
      // The same subnet with another begin was unbanned and banned again.
      if (before.get(subnet)?.createdS === ban.createdS) continue;
      const { address, reason, durationS } = ban;
      const duration = durationS === undefined ? {} : { ban_duration_seconds: durationS };
      emit({ type: "PeerBanned", payload: { peer_addr: address, reason, ...duration } });
    }
    for (const [subnet, { address }] of before) {
      if (!bans.has(subnet)) emit({ type: "PeerUnbanned", payload: { peer_addr: address } });
    }
  }

  #tellPeers(peers: ReadonlyMap<string, NodePeer>, bans: ReadonlyMap<string, Ban>): void {
    const before = this.#peers;
    this.#peers = peers;
    if (before === undefined) return;
    const { emit } = this.#dependencies;
    const left = [...before].filter(([id]) => !peers.has(id));
    const isBanned = banFilter(left.length === 0 || bans.size > maxBans ? [] : [...bans.keys()]);
    for (const [, peer] of left) {
      const reason = this.#reason(peer, isBanned);
      emit({ type: "PeerDisconnected", payload: { peer_addr: peer.addr, reason } });
    }
    for (const [id, { addr, services, version }] of peers) {
      if (before.has(id)) continue;
      emit({
        type: "PeerConnected",
        payload: { peer_addr: addr, transport_type: "tcp", services, version },
      });
    }
  }

  #reason({ addr, pingWaitS }: NodePeer, isBanned: (addr: string) => boolean): "ban" | "timeout" | "error" {
    if (isBanned(addr)) return "ban";
    const intervalS = this.#dependencies.intervalMs / 1000;
    return pingWaitS !== undefined && pingWaitS + intervalS >= pingTimeoutS ? "timeout" : "error";
  }
}

/** Those that have greeted, by what tells their connection from all others, those of an earlier process of the node too. */
function connectionsOf(peers: ReadonlyMap<number, NodePeer>): ReadonlyMap<string, NodePeer> {
  const greeted = [...peers].filter(([, { version }]) => version > 0);
  return new Map(greeted.map(([id, peer]) => [`${id} ${peer.connectedSinceS} ${peer.addr}`, peer]));
}
