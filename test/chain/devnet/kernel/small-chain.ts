import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { p2tr, p2wpkh, Transaction as Signer } from "@scure/btc-signer";
import type { Block } from "../../../../src/chain/block/block.js";
import { decodeBlock, decodeTransaction } from "../../../../src/chain/block/decode.js";
import type { Transaction } from "../../../../src/chain/block/transaction.js";
import type {
  BlockArchive,
  BlockOutcome,
  BlockPlan,
  ChainKernel,
} from "../../../../src/chain/devnet/kernel/chain-kernel.js";
import { createChainKernel, type KernelLimits } from "../../../../src/chain/devnet/kernel/create-kernel.js";
import { mineBlock } from "../../../../src/chain/devnet/kernel/mine-block.js";

/** When the first block of a test's chain is mined, and what time it is for the kernel. */
export const startS = 1_700_000_000;

/** Blocks in memory. */
export class MemoryArchive implements BlockArchive {
  readonly blocks = new Map<string, Uint8Array>();

  putBlock(hash: string, bytes: Uint8Array): void {
    this.blocks.set(hash, bytes);
  }

  getBlock(hash: string): Uint8Array {
    const bytes = this.blocks.get(hash);
    if (bytes === undefined) throw new Error(`no block ${hash} in the archive`);
    return bytes;
  }
}

export function newKernel(limits: KernelLimits = {}): ChainKernel {
  return createChainKernel({ archive: new MemoryArchive() }, limits);
}

/** A key and the scripts that it unlocks. */
export function keyOf(number: number): { key: Uint8Array; witnessKey: Uint8Array; taproot: Uint8Array } {
  const key = new Uint8Array(32).fill(1);
  new DataView(key.buffer).setUint32(0, number + 1);
  return {
    key,
    witnessKey: p2wpkh(secp256k1.getPublicKey(key, true)).script,
    taproot: p2tr(schnorr.getPublicKey(key)).script,
  };
}

export const miner = keyOf(0);

/** Mines a block on the tip and submits it. */
export function grow(
  kernel: ChainKernel,
  plan: Partial<BlockPlan> = {},
): { bytes: Uint8Array; outcome: BlockOutcome } {
  const bytes = mineBlock(kernel, planOf(plan));
  return { bytes, outcome: kernel.submit(bytes, startS) };
}

export function planOf(plan: Partial<BlockPlan> = {}): BlockPlan {
  const nothing = { transactions: [], feesSat: 0, timeS: startS, extra: new Uint8Array() };
  return { ...nothing, payoutScript: miner.witnessKey, ...plan };
}

/** A kernel whose chain has so many blocks above the genesis block, each paying the miner. */
export function grownKernel(blocks: number, plan: Partial<BlockPlan> = {}): ChainKernel {
  const kernel = newKernel();
  for (let count = 0; count < blocks; count += 1) grow(kernel, plan);
  return kernel;
}

export interface Spend {
  readonly txid: string;
  readonly index: number;
  readonly valueSat: number;
  readonly script: Uint8Array;
  readonly sequence?: number;
  readonly sighash?: number;
}

export interface Payment {
  readonly valueSat: number;
  readonly script: Uint8Array;
}

/** A signed transaction. The scripts that it spends belong to `key`. */
export function spend(
  inputs: readonly Spend[],
  outputs: readonly Payment[],
  { key = miner.key, version = 2, lockTime = 0 } = {},
): Transaction {
  const signer = new Signer({ version, lockTime, allowUnknownOutputs: true, disableScriptCheck: true });
  for (const { txid, index, valueSat, script, sequence = 0xffff_fffd, sighash } of inputs) {
    const isTaproot = script[0] === 0x51;
    signer.addInput({
      txid,
      index,
      sequence,
      witnessUtxo: { script, amount: BigInt(valueSat) },
      ...(isTaproot ? { tapInternalKey: schnorr.getPublicKey(key) } : {}),
      ...(sighash === undefined ? {} : { sighashType: sighash }),
    });
  }
  for (const { valueSat, script } of outputs) signer.addOutput({ script, amount: BigInt(valueSat) });
  signer.sign(key, [0, 1, 2, 3, 0x81, 0x82, 0x83], new Uint8Array(32));
  signer.finalize();
  return transactionOf(signer.extract());
}

/** What the coinbase of a block of the best chain pays. */
export function coinbaseOf(kernel: ChainKernel, heightBlocks: number): Spend {
  const block = blockOf(kernel.blockBytes(kernel.entryAt(heightBlocks)?.hash ?? "") ?? new Uint8Array());
  const [coinbase] = block.transactions;
  const output = coinbase.outputs[0]!;
  return { txid: coinbase.txid, index: 0, valueSat: output.valueSat, script: output.scriptPubKey };
}

export function blockOf(bytes: Uint8Array): Block {
  const read = decodeBlock(bytes);
  if (!read.ok) throw new Error(`no block at byte ${read.offsetBytes}: ${read.problem}`);
  return read.value;
}

export function transactionOf(bytes: Uint8Array): Transaction {
  const read = decodeTransaction(bytes);
  if (!read.ok) throw new Error(`no transaction at byte ${read.offsetBytes}: ${read.problem}`);
  return read.value;
}
