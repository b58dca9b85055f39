import { createHash } from "node:crypto";
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { ripemd160 } from "@noble/hashes/legacy.js";
import { ByteWriter } from "../../../../src/chain/block/byte-writer.js";
import { hash256 } from "../../../../src/chain/block/hash256.js";
import type { Transaction } from "../../../../src/chain/block/transaction.js";
import type { Coin } from "../../../../src/chain/devnet/kernel/chain-kernel.js";

/**
 * Checks each input's witness against the coin that it spends, by BIP143 and BIP341 written out here: a second opinion on
 * the digests that the wallet takes from its library. Throws what doesn't hold.
 */
export function checkSignatures(transaction: Transaction, coins: readonly Coin[]): void {
  for (const [at, coin] of coins.entries()) {
    const witness = transaction.inputs[at]?.witness ?? [];
    const holds =
      coin.scriptPubKey.length === 22
        ? holdsP2wpkh(transaction, at, coin, witness)
        : holdsP2tr(transaction, at, coins, witness);
    if (!holds) throw new Error(`the signature of input ${at} doesn't hold`);
  }
}

function holdsP2wpkh(
  transaction: Transaction,
  at: number,
  coin: Coin,
  [signature, publicKey]: readonly Uint8Array[],
): boolean {
  if (signature === undefined || publicKey === undefined || signature.at(-1) !== 1) return false;
  const keyHash = ripemd160(sha256(publicKey));
  if (Buffer.compare(coin.scriptPubKey.subarray(2), keyHash) !== 0) return false;
  const input = transaction.inputs[at];
  if (input === undefined) return false;
  const message = written((to) => {
    to.u32(transaction.version);
    to.put(hash256(outpoints(transaction)));
    to.put(hash256(sequences(transaction)));
    to.hash(input.previousTxid);
    to.u32(input.previousIndex);
    to.put(Uint8Array.of(0x19, 0x76, 0xa9, 0x14, ...keyHash, 0x88, 0xac));
    to.u64(coin.valueSat);
    to.u32(input.sequence);
    to.put(hash256(outputs(transaction)));
    to.u32(transaction.lockTime);
    to.u32(1);
  });
  const options = { prehash: false, format: "der" } as const;
  return secp256k1.verify(signature.subarray(0, -1), hash256(message), publicKey, options);
}

function holdsP2tr(
  transaction: Transaction,
  at: number,
  coins: readonly Coin[],
  [signature, ...rest]: readonly Uint8Array[],
): boolean {
  if (signature?.length !== 64 || rest.length > 0) return false;
  const amounts = written((to) => {
    for (const { valueSat } of coins) to.u64(valueSat);
  });
  const scripts = written((to) => {
    for (const { scriptPubKey } of coins) to.sized(scriptPubKey);
  });
  const message = written((to) => {
    to.put(Uint8Array.of(0, 0));
    to.u32(transaction.version);
    to.u32(transaction.lockTime);
    to.put(sha256(outpoints(transaction)));
    to.put(sha256(amounts));
    to.put(sha256(scripts));
    to.put(sha256(sequences(transaction)));
    to.put(sha256(outputs(transaction)));
    to.u8(0);
    to.u32(at);
  });
  const tag = sha256(Buffer.from("TapSighash"));
  const digest = sha256(Buffer.concat([tag, tag, message]));
  const outputKey = coins[at]?.scriptPubKey.subarray(2) ?? new Uint8Array();
  return schnorr.verify(signature, digest, outputKey);
}

function outpoints(transaction: Transaction): Uint8Array {
  return written((to) => {
    for (const { previousTxid, previousIndex } of transaction.inputs) {
      to.hash(previousTxid);
      to.u32(previousIndex);
    }
  });
}

function sequences(transaction: Transaction): Uint8Array {
  return written((to) => {
    for (const { sequence } of transaction.inputs) to.u32(sequence);
  });
}

function outputs(transaction: Transaction): Uint8Array {
  return written((to) => {
    for (const { valueSat, scriptPubKey } of transaction.outputs) {
      to.u64(valueSat);
      to.sized(scriptPubKey);
    }
  });
}

function written(write: (to: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  write(writer);
  return writer.bytes();
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}
