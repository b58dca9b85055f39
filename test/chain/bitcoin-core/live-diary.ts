import { expect } from "vitest";
import type { BitcoinCoreOptionsInput } from "../../../src/chain/bitcoin-core/options.js";
import type { ChainEvent, ChainSource } from "../../../src/chain/index.js";
import { eventually } from "../../kit/ipc-deadline.js";
import type { RealNode } from "../../kit/real-node.js";
import { sourceOf } from "./live-node.js";

/** What a source told of chain, mempool, sync and peers, in short and with names in the place of hashes. */
export interface Diary extends AsyncDisposable {
  readonly source: ChainSource;
  name(name: string, hash: string | undefined): void;
  /** Waits for as many lines as these; what was told until then must be these, from the beginning on. */
  tells(lines: readonly string[]): Promise<void>;
}

function line(event: ChainEvent, nameOf: (hash: string) => string): string | undefined {
  switch (event.type) {
    case "NewBlock":
      return `+${nameOf(event.payload.block_hash)}`;
    case "BlockDisconnected":
      return `-${nameOf(event.payload.hash)}`;
    case "ChainReorg":
      return `${nameOf(event.payload.old_tip)} to ${nameOf(event.payload.new_tip)}`;
    case "NewTransaction":
      return `heard ${nameOf(event.payload.tx_hash)}`;
    case "MempoolTransactionAdded":
      return `in ${nameOf(event.payload.tx_hash)}`;
    case "MempoolTransactionRemoved":
      return `out ${nameOf(event.payload.tx_hash)}: ${event.payload.reason}`;
    case "SyncStateChanged":
      return `${event.payload.old_state} to ${event.payload.new_state}`;
    case "PeerConnected":
      return `peer of version ${event.payload.version} came`;
    case "PeerDisconnected":
      return `peer left: ${event.payload.reason}`;
    case "PeerBanned":
      return `banned ${event.payload.peer_addr} for ${event.payload.ban_duration_seconds}: ${event.payload.reason}`;
    case "PeerUnbanned":
      return `unbanned ${event.payload.peer_addr}`;
    default:
      return undefined;
  }
}

/** Follows a node from now on; what it tells first is that it is synced. */
export async function startDiary(node: RealNode, options: BitcoinCoreOptionsInput = {}): Promise<Diary> {
  const source = sourceOf(node, { peer_interval_ms: 50, retry_max_ms: 200, ...options });
  const events: ChainEvent[] = [];
  const names = new Map<string, string>();
  const lines = () =>
    events.flatMap((event) => line(event, (hash) => names.get(hash) ?? hash.slice(0, 8)) ?? []);
  source.events$.subscribe((event) => events.push(event));
  await source.start();
  return {
    source,
    name: (name, hash) => void names.set(hash ?? "", name),
    async tells(expected) {
      // What is missing shows best in what came instead.
      await eventually("events", () => lines().length >= expected.length).catch(() => {});
      expect(lines()).toEqual(expected);
    },
    [Symbol.asyncDispose]: () => source.close(),
  };
}
