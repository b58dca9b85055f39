import { chainErrors } from "../../errors.js";
import { peerPlace } from "./peer-address.js";

/** Somebody who is kept out, whatever port he comes from. */
export interface Ban {
  /** As he was banned: ip:port, or the IP address alone. */
  readonly address: string;
  readonly reason: string;
  /** Unix time in seconds. */
  readonly sinceS: number;
  /** Unix time in seconds; undefined is for ever. */
  readonly untilS: number | undefined;
}

/** Who is banned, in the order of the bans; at most `maxBans`. Emits nothing and has no clock. */
export class BanList {
  readonly #bans = new Map<string, Ban>();
  readonly #maxBans: number;

  constructor(maxBans: number) {
    this.#maxBans = maxBans;
  }

  /** The ban of an address's host. */
  of(address: string): Ban | undefined {
    return this.#bans.get(peerPlace(address).host);
  }

  all(): readonly Ban[] {
    return [...this.#bans.values()];
  }

  /** Replaces the ban of the same host, which keeps its place. @throws DEVNET_PEER_REFUSED when the list is full */
  put(ban: Ban): void {
    const { host } = peerPlace(ban.address);
    if (!this.#bans.has(host) && this.#bans.size >= this.#maxBans) {
      throw chainErrors.DEVNET_PEER_REFUSED({
        address: ban.address,
        reason: "can't be banned: the list is full",
        allowed: `${this.#maxBans} bans`,
        advice: "lift a ban first",
      });
    }
    this.#bans.set(host, ban);
  }

  /** @throws DEVNET_PEER_UNKNOWN */
  lift(address: string): Ban {
    const { host } = peerPlace(address);
    const ban = this.#bans.get(host);
    if (ban === undefined) {
      throw chainErrors.DEVNET_PEER_UNKNOWN({ address, list: "banned", known: [...this.#bans.keys()] });
    }
    this.#bans.delete(host);
    return ban;
  }

  /** Takes out the bans whose time is over, in the order of the list. */
  takeOver(nowS: number): readonly Ban[] {
    const over = this.all().filter(({ untilS }) => untilS !== undefined && untilS <= nowS);
    for (const { address } of over) this.lift(address);
    return over;
  }
}
