import { createBitcoinCoreSource } from "../../../src/chain/bitcoin-core/bitcoin-core-source.js";
import { bitcoinCoreOptions } from "../../../src/chain/bitcoin-core/options.js";
import type { ChainSource } from "../../../src/chain/index.js";
import { type RecordedNode, startRecordedNode } from "../../kit/recorded-node.js";
import { describeChainSource } from "../chain-source.conformance.js";
import { recordLog } from "../log-recorder.js";
import { livedSource, type Moment } from "./lived-source.js";

/** Where the recording goes on. A node that is closed has nobody who could subscribe. */
function momentsOf(node: RecordedNode): readonly Moment[] {
  const advance = (name: string) => ({ name, go: () => node.advanceTo(name) });
  return [
    { name: "subscribers", go: () => node.subscribed(["sequence", "hashblock"]) },
    advance("mempool-add"),
    { ...advance("replace"), after: { blocks: 3 } },
    { ...advance("mine-2"), after: { blocks: 3, entries: 3 } },
    { ...advance("reorg"), after: { blocks: 3, entries: 4 } },
    { name: "the end", after: { blocks: 4, entries: 4 }, go: () => node.finish() },
  ];
}

/** A source that follows a recorded node of its own. */
async function followedNode(): Promise<ChainSource> {
  const node = await startRecordedNode();
  const inner = createBitcoinCoreSource(
    { log: recordLog() },
    bitcoinCoreOptions.parse({ url: node.url, cookie_file: node.cookieFile, poll_interval_ms: 50 }),
  );
  return livedSource(inner, { moments: momentsOf(node), end: () => node.close() });
}

describeChainSource({ name: "bitcoin-core", blocks: 6, beginningBlocks: 0, create: followedNode });
