/** Addresses that peers told, with when each was last seen; at most `maxAddresses`, of which the oldest goes first. */
export class AddressList {
  /** Unix time in seconds by address, the one that was seen longest ago first. */
  readonly #seenS = new Map<string, number>();
  readonly #maxAddresses: number;
  readonly #lifeS: number;

  constructor({ maxAddresses, addressLifeS }: { maxAddresses: number; addressLifeS: number }) {
    this.#maxAddresses = maxAddresses;
    this.#lifeS = addressLifeS;
  }

  get size(): number {
    return this.#seenS.size;
  }

  all(): readonly string[] {
    return [...this.#seenS.keys()];
  }

  /** An address was told; one that is known is as fresh as a new one then. */
  tell(address: string, nowS: number): { readonly isNew: boolean; readonly forgotten: string | undefined } {
    const isNew = !this.#seenS.delete(address);
    const forgotten = this.#seenS.size >= this.#maxAddresses ? this.all()[0] : undefined;
    if (forgotten !== undefined) this.#seenS.delete(forgotten);
    this.#seenS.set(address, nowS);
    return { isNew, forgotten };
  }

  /** Takes out what was seen too long ago, the oldest first. */
  takeExpired(nowS: number): readonly string[] {
    const expired: string[] = [];
    for (const [address, seenS] of this.#seenS) if (seenS + this.#lifeS <= nowS) expired.push(address);
    for (const address of expired) this.#seenS.delete(address);
    return expired;
  }
}
