import { serializeTransaction } from "../../src/chain/block/serialize-block.js";
import { isCoinbase } from "../../src/chain/block/transaction.js";
import type { Transaction } from "../../src/chain/index.js";
import {
  REGTEST_BITS,
  REGTEST_DIFFICULTY,
  type RecordedBlock,
  type RecordedChain,
} from "./recorded-chain.js";

const SAT_PER_BTC = 100_000_000;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const hex8 = (value: number) => (value >>> 0).toString(16).padStart(8, "0");

/** What the node says when it is asked for what it doesn't have, or for nonsense. */
export class NodeRefusal extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** A transaction as Core prints it, without what only Core's script printer knows (asm, descriptors, addresses). */
export function transactionShape(transaction: Transaction) {
  return {
    txid: transaction.txid,
    hash: transaction.wtxid,
    version: transaction.version,
    size: transaction.sizeBytes,
    vsize: transaction.sizeVb,
    weight: transaction.weightWu,
    locktime: transaction.lockTime,
    vin: transaction.inputs.map((input) => ({
      ...(isCoinbase(transaction)
        ? { coinbase: hex(input.scriptSig) }
        : {
            txid: input.previousTxid,
            vout: input.previousIndex,
            scriptSig: { hex: hex(input.scriptSig) },
          }),
      ...(input.witness.length === 0 ? {} : { txinwitness: input.witness.map(hex) }),
      sequence: input.sequence,
    })),
    vout: transaction.outputs.map(({ valueSat, scriptPubKey }, n) => ({
      value: valueSat / SAT_PER_BTC,
      n,
      scriptPubKey: { hex: hex(scriptPubKey) },
    })),
    hex: hex(serializeTransaction(transaction)),
  };
}

/** A header as Core prints it; of a block that was mined off the record, what can be known. */
export function headerShape(chain: RecordedChain, block: RecordedBlock) {
  const { hash, heightBlocks, raw } = block;
  const isBest = chain.at(heightBlocks)?.hash === hash;
  const next = isBest ? chain.at(heightBlocks + 1) : undefined;
  const header = raw?.block.header;
  const bits = header?.bits ?? REGTEST_BITS;
  return {
    hash,
    confirmations: isBest ? chain.tip.heightBlocks - heightBlocks + 1 : -1,
    height: heightBlocks,
    ...(header === undefined
      ? {}
      : {
          version: header.version,
          versionHex: hex8(header.version),
          merkleroot: header.merkleRoot,
          time: header.timestampS,
          nonce: header.nonce,
        }),
    bits: hex8(bits),
    difficulty: REGTEST_DIFFICULTY,
    chainwork: chain.chainWork(heightBlocks),
    nTx: raw?.block.transactions.length ?? 1,
    ...(header === undefined || heightBlocks === 0 ? {} : { previousblockhash: header.previousHash }),
    ...(next === undefined ? {} : { nextblockhash: next.hash }),
  };
}

/** A block as Core prints it with verbosity 1 or 2. */
export function blockShape(chain: RecordedChain, block: RecordedBlock, verbosity: number) {
  if (block.raw === undefined) throw notAvailable();
  const { transactions, sizeBytes, weightWu } = block.raw.block;
  return {
    ...headerShape(chain, block),
    strippedsize: (weightWu - sizeBytes) / 3,
    size: sizeBytes,
    weight: weightWu,
    tx: transactions.map((one) => (verbosity === 1 ? one.txid : transactionShape(one))),
  };
}

/** For a block that isn't in the recording: what a pruned node says. */
export function notAvailable(): NodeRefusal {
  return new NodeRefusal(-1, "Block not available (pruned data)");
}
