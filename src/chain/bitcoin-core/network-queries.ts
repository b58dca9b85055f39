import type { ChainQueries } from "../chain-queries.js";
import { countIn, fieldsOf } from "./answer-field.js";
import { foreverS, hostOf } from "./bans.js";
import type { CoreQueryDependencies } from "./followed-node.js";
import { notUnderstood } from "./node-blocks.js";
import { peersOf } from "./node-peer.js";
import { rpcCodeOf } from "./rpc-caller.js";

/** Core's number for an address that is on the ban list already. */
const alreadyBanned = -23;

type NetworkQueries = Pick<ChainQueries, "networkStats" | "networkPeers" | "banPeer">;

/** Peers, traffic and bans. @see coreQueries */
export function networkQueries({ rpc, signal }: CoreQueryDependencies): NetworkQueries {
  const call = (method: string, params: readonly unknown[] = []) =>
    rpc.call<unknown>(method, params, { signal });
  return {
    async networkStats() {
      signal.throwIfAborted();
      const [network, totals, hash_rate] = await Promise.all([
        call("getnetworkinfo").then(fieldsOf),
        call("getnettotals").then(fieldsOf),
        call("getnetworkhashps"),
      ]);
      const peer_count = countIn(network, "connections");
      const bytes_sent = countIn(totals, "totalbytessent");
      const bytes_received = countIn(totals, "totalbytesrecv");
      if (peer_count === undefined) throw notUnderstood("getnetworkinfo");
      if (bytes_sent === undefined || bytes_received === undefined) throw notUnderstood("getnettotals");
      if (typeof hash_rate !== "number") throw notUnderstood("getnetworkhashps");
      return { peer_count, hash_rate, bytes_sent, bytes_received };
    },
    async networkPeers() {
      signal.throwIfAborted();
      return [...peersOf(await call("getpeerinfo")).values()].map((peer) => ({
        addr: peer.addr,
        transport_type: "tcp",
        services: peer.services,
        version: peer.version,
        connected_since: peer.connectedSinceS,
      }));
    },
    /** The node bans addresses, not ports, and disconnects whoever is connected from there. */
    async banPeer(address, durationS) {
      signal.throwIfAborted();
      const time = durationS === undefined ? [foreverS, true] : [durationS, false];
      try {
        await call("setban", [hostOf(address), "add", ...time]);
        return true;
      } catch (error) {
        if (rpcCodeOf(error) !== alreadyBanned) throw error;
        return false;
      }
    },
  };
}
