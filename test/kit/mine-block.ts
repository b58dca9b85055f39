import { merkleRoot } from "../../src/chain/block/merkle-root.js";
import { meetsTarget } from "../../src/chain/block/proof-of-work.js";
import { serializeBlock, serializeTransaction } from "../../src/chain/block/serialize-block.js";
import { computedWitnessCommitment } from "../../src/chain/block/witness-commitment.js";
import type { Block, BlockHeader, Transaction } from "../../src/chain/index.js";
import { decodeBlock, decodeTransaction } from "../../src/chain/index.js";

/** The easiest target there is: every second nonce meets it. */
export const EASIEST_BITS = 0x20_7f_ff_ff;
const SUBSIDY_SAT = 5_000_000_000;

export interface BlockToMine {
  readonly previousHash: string;
  readonly heightBlocks: number;
  /** Who is paid. */
  readonly script: Uint8Array;
  readonly transactions?: readonly Transaction[];
}

/** The bytes of a block that passes every check of the chain room. The same input gives the same block. */
export function mineBlock(wanted: BlockToMine): Uint8Array {
  const { header, transactions } = assembleBlock(wanted);
  for (let nonce = 0; ; nonce += 1) {
    const bytes = serializeBlock({ header: { ...header, nonce }, transactions });
    const block = mustBlock(bytes);
    if (meetsTarget(block.hash, EASIEST_BITS)) return bytes;
  }
}

/** Blocks that stand on one another from a height on, one for each list of transactions. */
export function mineChain(
  firstHeightBlocks: number,
  contents: readonly (readonly Transaction[])[],
): Uint8Array[] {
  let previousHash = "ab".repeat(32);
  return contents.map((transactions, index) => {
    const heightBlocks = firstHeightBlocks + index;
    const bytes = mineBlock({ previousHash, heightBlocks, script: Uint8Array.of(0x51), transactions });
    previousHash = mustBlock(bytes).hash;
    return bytes;
  });
}

/** The block without its proof of work. */
export function assembleBlock(wanted: BlockToMine): Pick<Block, "header" | "transactions"> {
  const { previousHash, heightBlocks, script, transactions: rest = [] } = wanted;
  const bare = coinbase(heightBlocks, script, []);
  const commitment = computedWitnessCommitment({ transactions: [bare, ...rest] });
  const scriptPubKey = Buffer.from(`6a24aa21a9ed${commitment}`, "hex");
  const first = coinbase(heightBlocks, script, [{ valueSat: 0, scriptPubKey }]);
  const { root } = merkleRoot([first.txid, ...rest.map(({ txid }) => txid)]);
  const header: BlockHeader = {
    version: 4,
    previousHash,
    merkleRoot: root,
    timestampS: 1_300_000_000 + 600 * heightBlocks,
    bits: EASIEST_BITS,
    nonce: 0,
  };
  return { header, transactions: [first, ...rest] };
}

function coinbase(
  heightBlocks: number,
  scriptPubKey: Uint8Array,
  more: readonly Transaction["outputs"][number][],
): Transaction {
  const input = {
    previousTxid: "0".repeat(64),
    previousIndex: 0xff_ff_ff_ff,
    scriptSig: Uint8Array.of(3, heightBlocks & 0xff, (heightBlocks >> 8) & 0xff, heightBlocks >> 16),
    sequence: 0xff_ff_ff_ff,
    witness: [new Uint8Array(32)],
  };
  const outputs = [{ valueSat: SUBSIDY_SAT, scriptPubKey }, ...more];
  return mustTransaction(
    serializeTransaction({ version: 1, inputs: [input], outputs, lockTime: 0, hasWitness: true }),
  );
}

/** The block of bytes that are known to be one. */
export function mustBlock(bytes: Uint8Array): Block {
  const decoded = decodeBlock(bytes);
  if (decoded.ok) return decoded.value;
  throw new Error(`no block: ${decoded.problem}`);
}

/** The transaction of bytes that are known to be one. */
export function mustTransaction(bytes: Uint8Array): Transaction {
  const decoded = decodeTransaction(bytes);
  if (decoded.ok) return decoded.value;
  throw new Error(`no transaction: ${decoded.problem}`);
}
