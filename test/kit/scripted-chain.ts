import { serializeTransaction } from "../../src/chain/block/serialize-block.js";
import type { Block, Transaction } from "../../src/chain/index.js";
import { genesisBytes, secondBlockBytes, secondBlockHash } from "../chain/first-blocks.js";
import { realBlockBytes } from "../chain/real-blocks.js";
import { mineBlock, mustBlock } from "./mine-block.js";

/** A block with the bytes that it was read from. */
export interface ScriptedBlock {
  readonly block: Block;
  readonly bytes: Uint8Array;
}

export interface ScriptedTransaction {
  readonly transaction: Transaction;
  readonly bytes: Uint8Array;
}

const SCRIPT = Uint8Array.of(0x51);

function scripted(bytes: Uint8Array): ScriptedBlock {
  return { bytes, block: mustBlock(bytes) };
}

function othersOf(heightBlocks: number): ScriptedTransaction[] {
  return mustBlock(realBlockBytes(heightBlocks))
    .transactions.slice(1)
    .map((transaction) => ({ transaction, bytes: serializeTransaction(transaction) }));
}

const third = (script: Uint8Array) =>
  scripted(
    mineBlock({
      previousHash: secondBlockHash,
      heightBlocks: 2,
      script,
      transactions: othersOf(482_683).map(({ transaction }) => transaction),
    }),
  );

/**
 * The first two blocks of mainnet, and on them one with the real transactions of block 482,683, most of them with
 * witnesses, behind a coinbase of its own.
 */
export const scriptedBlocks: readonly ScriptedBlock[] = [
  scripted(genesisBytes),
  scripted(secondBlockBytes),
  third(SCRIPT),
];

/** Competes with the third block and loses. */
export const losingBlock: ScriptedBlock = third(Uint8Array.of(0x52));

const waiting = othersOf(898_352);

/** What waits in the mempool: the real transactions of testnet's block 898,352, but for one. */
export const scriptedMempool: readonly ScriptedTransaction[] = waiting.slice(1);

/** A real transaction that nobody has sent yet. */
export const unsentTransaction: ScriptedTransaction = waiting[0] as ScriptedTransaction;

/** A valid block on the scripted tip that confirms what waits. */
export const nextBlock: ScriptedBlock = scripted(
  mineBlock({
    previousHash: scriptedBlocks[2]?.block.hash as string,
    heightBlocks: 3,
    script: SCRIPT,
    transactions: scriptedMempool.map(({ transaction }) => transaction),
  }),
);
