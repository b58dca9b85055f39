import type { BlockEntry } from "./kernel/chain-kernel.js";
import type { MempoolEntry } from "./mempool/mempool.js";
import type { AddressKind } from "./wallet/wallet.js";

/** A peer as the devnet pretends to have it: nothing of it is on a network. */
export interface PretendedPeer {
  /** ip:port, from a documentation range (RFC 5737, RFC 3849). */
  readonly address: string;
  readonly transport: "tcp" | "quinn" | "iroh";
  readonly services: bigint;
  readonly version: number;
  /** Unix time in seconds. */
  readonly connectedSinceS: number;
}

/**
 * Everything that can be done to a devnet, by its own activity, a scenario or an operator. Each call is done, with its
 * events emitted in order, when it returns; what it throws is an EngineError and changed nothing.
 */
export interface DevnetActions {
  readonly tip: BlockEntry;
  /** Unix time in seconds: the real clock, or what `setMockTime` set. */
  nowS(): number;
  /** 0 goes back to the real clock. */
  setMockTime(timeS: number): void;

  /** Mines blocks on the tip from the mempool, to an address or to the wallet. @returns their hashes */
  mine(
    count: number,
    options?: { readonly address?: string; readonly withoutMempool?: boolean },
  ): readonly string[];
  /** Mines one block on the tip with these transactions only: txids of the mempool or raw hex. */
  mineExactly(
    transactions: readonly string[],
    options?: { readonly address?: string; readonly submit?: boolean },
  ): {
    readonly hash: string;
    readonly bytes: Uint8Array;
  };
  /** Builds a branch of `depth + 1` blocks below the tip's `depth` ancestors; the tip's branch loses. */
  reorganize(depth: number): { readonly oldTip: string; readonly newTip: string };
  invalidate(hash: string): void;
  reconsider(hash: string): void;

  /** Pays from the wallet; a new address of the wallet's own when none is named. */
  pay(payment: {
    readonly address?: string;
    readonly valueSat: number;
    readonly feeRateSatPerVb: number;
    readonly isReplaceable?: boolean;
    /** Spends only the change of this waiting transaction: a child (CPFP). */
    readonly parent?: string;
  }): MempoolEntry;
  /** Replaces a waiting transaction of the wallet's by one with a higher fee rate (BIP125). */
  bump(txid: string, feeRateSatPerVb: number): MempoolEntry;
  /** Takes a transaction as a peer would send it. @throws CHAIN_TRANSACTION_REJECTED */
  send(bytes: Uint8Array): MempoolEntry;
  /** Runs the mempool's expiry now. */
  expire(): void;
  clearMempool(): void;
  newAddress(kind: AddressKind): string;
  /** What the wallet could spend now, in satoshi; waiting change counts. */
  balanceSat(): number;
  waiting(): readonly MempoolEntry[];

  peers(): readonly PretendedPeer[];
  connectPeer(peer: Omit<PretendedPeer, "connectedSinceS">): void;
  disconnectPeer(address: string, reason: "timeout" | "error" | "ban" | "manual"): void;
  /** `durationS` undefined is for ever. */
  banPeer(address: string, reason: string, durationS: number | undefined): void;
  unbanPeer(address: string): void;
  /** A peer sends a block that breaks a rule: it is refused, and who sent it is banned. */
  receiveInvalidBlock(address: string): void;
}
