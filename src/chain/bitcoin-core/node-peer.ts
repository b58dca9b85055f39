import { countIn, listOf, numberIn, textIn } from "./answer-field.js";
import { notUnderstood } from "./node-blocks.js";

/** A peer as getpeerinfo lists it. */
export interface NodePeer {
  /** ip:port, IPv6 in brackets; or a name of onion, i2p or cjdns with its port. */
  readonly addr: string;
  /** 0 until the peer has greeted. */
  readonly services: bigint;
  /** 0 until the peer has greeted. */
  readonly version: number;
  /** Unix time in seconds. */
  readonly connectedSinceS: number;
  /** How long a ping has waited for its answer; undefined when none waits. */
  readonly pingWaitS: number | undefined;
  /** The height that the peer told when it greeted; undefined before. */
  readonly startingHeightBlocks: number | undefined;
}

/**
 * By the node's own number of the connection, which it gives once; another process of the node begins from 0 again.
 * An entry that isn't one is left out.
 */
export function peersOf(answer: unknown): ReadonlyMap<number, NodePeer> {
  if (!Array.isArray(answer)) throw notUnderstood("getpeerinfo");
  const peers = new Map<number, NodePeer>();
  for (const fields of listOf(answer)) {
    const id = countIn(fields, "id");
    const addr = textIn(fields, "addr");
    if (id === undefined || addr === undefined || addr === "") continue;
    peers.set(id, {
      addr,
      services: servicesOf(textIn(fields, "services")),
      version: countIn(fields, "version") ?? 0,
      connectedSinceS: countIn(fields, "conntime") ?? 0,
      pingWaitS: numberIn(fields, "pingwait"),
      startingHeightBlocks: countIn(fields, "startingheight"),
    });
  }
  return peers;
}

function servicesOf(hex: string | undefined): bigint {
  return hex !== undefined && /^[0-9a-f]{1,16}$/i.test(hex) ? BigInt(`0x${hex}`) : 0n;
}
