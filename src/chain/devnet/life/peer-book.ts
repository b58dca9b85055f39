import type { ChainEvent } from "../../chain-source.js";
import { chainErrors } from "../../errors.js";
import type { PretendedPeer } from "../devnet-actions.js";
import { AddressList } from "./address-list.js";
import { type Ban, BanList } from "./ban-list.js";
import { drawAddress, peerPlace, pretendedPlace } from "./peer-address.js";
import { PeerTraffic } from "./peer-traffic.js";
import type { Random } from "./random.js";

export interface PeerBookDependencies {
  /** Called in the order of the events, before the call that caused them returns. */
  readonly emit: (event: ChainEvent) => void;
  /** Unix time in seconds. */
  readonly nowS: () => number;
  readonly random: Random;
}

export interface PeerBookLimits {
  readonly maxPeers: number;
  readonly maxBans: number;
  readonly maxAddresses: number;
  /** An address that wasn't told again for so long is forgotten. */
  readonly addressLifeS: number;
}

export const peerBookLimits: PeerBookLimits = {
  maxPeers: 125,
  maxBans: 1000,
  maxAddresses: 1000,
  addressLifeS: 1800,
};

const MESSAGES_PER_SECOND = 100;
const MOST_FLOOD_MESSAGES = 1000;
const PING_BYTES = 8;
/** Time, services, IPv6 address and port. */
const ADDRESS_ENTRY_BYTES = 30;
const MOST_PARTITIONS = 4;

/**
 * The pretended peers of a devnet: who is connected, who is banned, what was said. It emits the events of category
 * Network and is on no network. Synchronous; bounded by its limits; no timer: `tick` lets time pass.
 * What throws changed nothing and emitted nothing, but for a failed dial, which is told.
 */
export class PeerBook {
  readonly #deps: PeerBookDependencies;
  readonly #limits: PeerBookLimits;
  readonly #peers = new Map<string, PretendedPeer>();
  readonly #bans: BanList;
  readonly #addresses: AddressList;
  readonly #traffic: PeerTraffic;
  /** By id, the peers that were cut off. */
  readonly #partitions = new Map<string, readonly PretendedPeer[]>();

  constructor(deps: PeerBookDependencies, limits: PeerBookLimits) {
    this.#deps = deps;
    this.#limits = limits;
    this.#bans = new BanList(limits.maxBans);
    this.#addresses = new AddressList(limits);
    this.#traffic = new PeerTraffic(deps.emit);
  }

  /** In the order in which they came. */
  peers(): readonly PretendedPeer[] {
    return [...this.#peers.values()];
  }

  bans(): readonly Ban[] {
    return this.#bans.all();
  }

  /** Sums of what MessageSent and MessageReceived told. */
  get traffic(): { readonly bytesSent: number; readonly bytesReceived: number } {
    const { bytesSent, bytesReceived } = this.#traffic;
    return { bytesSent, bytesReceived };
  }

  /** A peer that could come now: neither connected nor banned; an address that was told is preferred. */
  candidate(): Omit<PretendedPeer, "connectedSinceS"> {
    const { random } = this.#deps;
    const told = random.pick(this.#addresses.all());
    let address = told !== undefined && random.chance(0.7) ? told : drawAddress(random);
    // The ranges hold far more than the limits keep out, so a free one is found soon.
    while (this.#peers.has(address) || this.#bans.of(address) !== undefined) address = drawAddress(random);
    const transport = random.chance(0.15) ? "quinn" : "tcp";
    return { address, transport, services: 1033n, version: 70_016 };
  }

  /** Dials a peer and has it. @throws DEVNET_PEER_ADDRESS, DEVNET_PEER_REFUSED */
  connect(peer: Omit<PretendedPeer, "connectedSinceS">): PretendedPeer {
    const { address } = pretendedPlace(peer.address);
    const refusal = this.#refusalOf(address);
    if (refusal !== undefined) throw chainErrors.DEVNET_PEER_REFUSED({ address, ...refusal });
    const connected = { ...peer, address, connectedSinceS: this.#deps.nowS() };
    this.#peers.set(address, connected);
    const { transport: transport_type, services, version } = connected;
    this.#emit({ type: "ConnectionAttempt", payload: { peer_addr: address, success: true } });
    const payload = { peer_addr: address, transport_type, services, version };
    this.#emit({ type: "PeerConnected", payload });
    return connected;
  }

  /** Dials somebody who doesn't answer. */
  failToConnect(address: string, error: string): void {
    const payload = { peer_addr: pretendedPlace(address).address, success: false, error };
    this.#emit({ type: "ConnectionAttempt", payload });
  }

  /** @throws DEVNET_PEER_UNKNOWN */
  disconnect(address: string, reason: "timeout" | "error" | "ban" | "manual"): void {
    const peer = this.#connected(address);
    this.#peers.delete(peer.address);
    this.#emit({ type: "PeerDisconnected", payload: { peer_addr: peer.address, reason } });
  }

  /**
   * Keeps out a host, whatever its port; its peers are disconnected after the PeerBanned. A ban that is there already
   * gets the new reason and end. `durationS` undefined is for ever.
   * @throws DEVNET_PEER_ADDRESS, DEVNET_PEER_REFUSED when the list is full
   */
  ban(address: string, reason: string, durationS: number | undefined): void {
    const place = peerPlace(address);
    const sinceS = this.#deps.nowS();
    const untilS = durationS === undefined ? undefined : sinceS + durationS;
    this.#bans.put({ address: place.address, reason, sinceS, untilS });
    const duration = durationS === undefined ? {} : { ban_duration_seconds: durationS };
    this.#emit({ type: "PeerBanned", payload: { peer_addr: place.address, reason, ...duration } });
    for (const peer of this.peers()) {
      if (peerPlace(peer.address).host === place.host) this.disconnect(peer.address, "ban");
    }
  }

  /** @throws DEVNET_PEER_ADDRESS, DEVNET_PEER_UNKNOWN */
  unban(address: string): void {
    this.#tellUnbanned(this.#bans.lift(address));
  }

  isBanned(address: string): boolean {
    return this.#bans.of(address) !== undefined;
  }

  /** A random peer announces a transaction or a block, is asked for it and sends it. @returns who; undefined without peers */
  bring(kind: "tx" | "block", sizeBytes: number): string | undefined {
    const peer = this.#deps.random.pick(this.peers());
    if (peer !== undefined) this.#traffic.fetched(peer, kind, sizeBytes);
    return peer?.address;
  }

  /** A named peer does. @throws DEVNET_PEER_UNKNOWN */
  bringFrom(address: string, kind: "tx" | "block", sizeBytes: number): void {
    this.#traffic.fetched(this.#connected(address), kind, sizeBytes);
  }

  /** Announces to all peers but the one who brought it; one of them asks for it. Nothing happens where nobody is left. */
  announce(kind: "tx" | "block", sizeBytes: number, broughtBy?: string): void {
    const peers = this.peers().filter(({ address }) => address !== broughtBy);
    this.#traffic.announced(peers, kind, sizeBytes);
  }

  /** A random peer tells of so many others, at most 10; AddressDiscovered comes for those that weren't known. */
  gossip(count: number): void {
    const { random, nowS } = this.#deps;
    const peer = random.pick(this.peers());
    if (peer === undefined || count < 1) return;
    const told = Array.from({ length: Math.min(count, 10) }, () => drawAddress(random));
    this.#traffic.received(peer, "addr", 1 + ADDRESS_ENTRY_BYTES * told.length);
    for (const address of told) {
      const { isNew, forgotten } = this.#addresses.tell(address, nowS());
      if (forgotten !== undefined) this.#tellForgotten(forgotten);
      if (isNew) this.#emit({ type: "AddressDiscovered", payload: { peer_addr: address, source: "peer" } });
    }
  }

  /**
   * A peer sends so many pings within a second, at most 1000: above 100 it went over its rate, above 200 it means harm.
   * Banning it is up to the caller. @throws DEVNET_PEER_UNKNOWN
   */
  flood(address: string, messages: number): void {
    const peer = this.#connected(address);
    const count = Math.min(messages, MOST_FLOOD_MESSAGES);
    for (let sent = 0; sent < count; sent += 1) this.#traffic.received(peer, "ping", PING_BYTES);
    if (count <= MESSAGES_PER_SECOND) return;
    const peer_addr = peer.address;
    const rate = { limit_type: "messages", current_rate: count, limit: MESSAGES_PER_SECOND } as const;
    this.#emit({ type: "RateLimitExceeded", payload: { peer_addr, ...rate } });
    if (count <= 2 * MESSAGES_PER_SECOND) return;
    const severity = count > 5 * MESSAGES_PER_SECOND ? "high" : "medium";
    this.#emit({ type: "DoSAttackDetected", payload: { peer_addr, attack_type: "flood", severity } });
  }

  /** A random part of the peers falls away together. @returns its id; undefined with fewer than 2 peers or 4 partitions */
  partition(share: number): string | undefined {
    const { random } = this.#deps;
    const present = [...this.peers()];
    if (present.length < 2 || this.#partitions.size >= MOST_PARTITIONS) return undefined;
    const size = Math.min(present.length - 1, Math.max(1, Math.round(present.length * share)));
    const lost: PretendedPeer[] = [];
    while (lost.length < size) lost.push(...present.splice(random.below(present.length), 1));
    const partition_id = Uint8Array.from({ length: 4 }, () => random.below(256));
    const id = Buffer.from(partition_id).toString("hex");
    this.#partitions.set(id, lost);
    for (const { address } of lost) this.disconnect(address, "timeout");
    const disconnected_peers = lost.map(({ address }) => address);
    const payload = { partition_id, disconnected_peers, partition_size: size };
    this.#emit({ type: "NetworkPartition", payload });
    return id;
  }

  /** The peers of a partition come back, but for those that may not; an unknown id changes nothing. */
  reconnect(id: string): void {
    const lost = this.#partitions.get(id);
    if (lost === undefined) return;
    this.#partitions.delete(id);
    const back = lost.filter(({ address }) => this.#refusalOf(address) === undefined);
    const reconnected_peers = back.map((peer) => this.connect(peer).address);
    const partition_id = Uint8Array.from(Buffer.from(id, "hex"));
    this.#emit({ type: "NetworkReconnected", payload: { partition_id, reconnected_peers } });
  }

  /** Lets time pass: bans that are over are lifted, addresses that were not told for long are forgotten. */
  tick(): void {
    const nowS = this.#deps.nowS();
    for (const ban of this.#bans.takeOver(nowS)) this.#tellUnbanned(ban);
    for (const address of this.#addresses.takeExpired(nowS)) this.#tellForgotten(address);
  }

  #emit(event: ChainEvent): void {
    this.#deps.emit(event);
  }

  #tellUnbanned({ address }: Ban): void {
    this.#emit({ type: "PeerUnbanned", payload: { peer_addr: address } });
  }

  #tellForgotten(address: string): void {
    this.#emit({ type: "AddressExpired", payload: { peer_addr: address } });
  }

  #connected(address: string): PretendedPeer {
    const peer = this.#peers.get(peerPlace(address).address);
    if (peer !== undefined) return peer;
    throw chainErrors.DEVNET_PEER_UNKNOWN({ address, list: "connected", known: [...this.#peers.keys()] });
  }

  #refusalOf(address: string) {
    const { maxPeers } = this.#limits;
    if (this.#peers.has(address)) {
      const advice = "disconnect it first or name another";
      return { reason: "is connected already", allowed: "one connection of each address", advice };
    }
    if (this.isBanned(address)) {
      return { reason: "is banned", allowed: "whoever isn't", advice: "lift the ban first or name another" };
    }
    if (this.#peers.size < maxPeers) return undefined;
    const reason = "finds no room";
    return { reason, allowed: `${maxPeers} peers`, advice: "disconnect another first" };
  }
}

/** The peers of a devnet, nobody connected. */
export function createPeerBook(
  deps: PeerBookDependencies,
  limits: PeerBookLimits = peerBookLimits,
): PeerBook {
  return new PeerBook(deps, limits);
}
