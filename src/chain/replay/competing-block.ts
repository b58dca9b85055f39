import type { Block } from "../block/block.js";
import { ByteReader } from "../block/byte-reader.js";
import { checkContents } from "../block/check-block.js";
import { merkleRoot } from "../block/merkle-root.js";
import { parseBlock } from "../block/parse-block.js";
import { parseTransaction } from "../block/parse-transaction.js";
import { serializeBlock, serializeTransaction } from "../block/serialize-block.js";
import type { Transaction } from "../block/transaction.js";

const longestCoinbaseScriptBytes = 100;

/**
 * Builds a block that competes with a real one: the same transactions behind another coinbase, on the given parent.
 * Merkle root and witness commitment are valid, and the same input always gives the same block.
 * Its hash can't meet the target: that would take the mining power of a whole network.
 */
export function buildCompetingBlock(block: Block, previousHash: string): Block {
  const [realCoinbase, ...rest] = block.transactions;
  const coinbase = withOtherScript(realCoinbase);
  const { root } = merkleRoot([coinbase.txid, ...rest.map((transaction) => transaction.txid)]);
  const bytes = serializeBlock({
    header: { ...block.header, previousHash, merkleRoot: root },
    transactions: [coinbase, ...rest],
  });
  const competing = parseBlock(bytes);
  checkContents(competing);
  return competing;
}

function withOtherScript(coinbase: Transaction): Transaction {
  const inputs = coinbase.inputs.map((input) => ({ ...input, scriptSig: otherScript(input.scriptSig) }));
  return parseTransaction(
    new ByteReader(serializeTransaction({ ...coinbase, inputs })),
    "the competing coinbase",
  );
}

// The change is at the end: the height stands at the beginning.
function otherScript(script: Uint8Array): Uint8Array {
  if (script.length < longestCoinbaseScriptBytes) return Uint8Array.of(...script, 0);
  return script.with(-1, (script.at(-1) ?? 0) ^ 1);
}
