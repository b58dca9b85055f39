import { createHash } from "node:crypto";
import { ByteWriter } from "../../../block/byte-writer.js";
import type { Transaction, TransactionInput, TransactionOutput } from "../../../block/transaction.js";
import type { Coin } from "../chain-kernel.js";

const anyoneCanPay = 0x80;
const none = 2;
const single = 3;
const nothing = new Uint8Array(32);
const tag = sha256(Buffer.from("TapSighash"));

/**
 * The hashes that the signatures of one transaction's inputs commit to. What its inputs have in common is hashed once,
 * so that the work grows with the transaction's size and not with its square.
 */
export class SignatureHashes {
  readonly #transaction: Transaction;
  readonly #coins: readonly Coin[];
  readonly #shared = new Map<string, Uint8Array>();

  /** `coins` are what the inputs spend, in their order. */
  constructor(transaction: Transaction, coins: readonly Coin[]) {
    this.#transaction = transaction;
    this.#coins = coins;
  }

  /**
   * For a witness program of version 0; `scriptCode` is what takes the output script's place. Any byte is a hash type.
   * @see https://github.com/bitcoin/bips/blob/master/bip-0143.mediawiki
   */
  version0(index: number, scriptCode: Uint8Array, hashType: number): Uint8Array {
    const { inputs, outputs, version, lockTime } = this.#transaction;
    const base = hashType & 0x1f;
    const isForAnyone = (hashType & anyoneCanPay) !== 0;
    const isForAllOutputs = base !== none && base !== single;
    const input = inputs[index] as TransactionInput;
    const writer = new ByteWriter();
    writer.u32(version);
    writer.put(isForAnyone ? nothing : sha256(this.#prevouts()));
    writer.put(isForAnyone || !isForAllOutputs ? nothing : sha256(this.#sequences()));
    writeOutpoint(writer, input);
    writer.sized(scriptCode);
    writer.u64((this.#coins[index] as Coin).valueSat);
    writer.u32(input.sequence);
    const output = outputs[index];
    if (isForAllOutputs) writer.put(sha256(this.#outputs()));
    else writer.put(base === single && output !== undefined ? sha256(sha256(outputBytes(output))) : nothing);
    writer.u32(lockTime);
    writer.u32(hashType);
    return sha256(sha256(writer.bytes()));
  }

  /**
   * For a taproot key path. Undefined for a hash type that isn't one, and for one output where the input has none.
   * @see https://github.com/bitcoin/bips/blob/master/bip-0341.mediawiki#common-signature-message
   */
  version1(index: number, hashType: number, annex: Uint8Array | undefined): Uint8Array | undefined {
    if ((hashType & ~anyoneCanPay) > single || hashType === anyoneCanPay) return undefined;
    const { inputs, outputs, version, lockTime } = this.#transaction;
    const base = hashType & 3;
    const isForAnyone = (hashType & anyoneCanPay) !== 0;
    const input = inputs[index] as TransactionInput;
    const output = outputs[index];
    if (base === single && output === undefined) return undefined;
    const writer = new ByteWriter();
    writer.put(tag);
    writer.put(tag);
    writer.u8(0);
    writer.u8(hashType);
    writer.u32(version);
    writer.u32(lockTime);
    if (!isForAnyone) {
      writer.put(this.#prevouts());
      writer.put(this.#amounts());
      writer.put(this.#scripts());
      writer.put(this.#sequences());
    }
    if (base !== none && base !== single) writer.put(this.#outputs());
    writer.u8(annex === undefined ? 0 : 1);
    if (isForAnyone) {
      const coin = this.#coins[index] as Coin;
      writeOutpoint(writer, input);
      writer.u64(coin.valueSat);
      writer.sized(coin.scriptPubKey);
      writer.u32(input.sequence);
    } else {
      writer.u32(index);
    }
    if (annex !== undefined) writer.put(hashOf((part) => part.sized(annex)));
    if (base === single && output !== undefined) writer.put(sha256(outputBytes(output)));
    return sha256(writer.bytes());
  }

  #prevouts(): Uint8Array {
    return this.#once("prevouts", (writer) => {
      for (const input of this.#transaction.inputs) writeOutpoint(writer, input);
    });
  }

  #sequences(): Uint8Array {
    return this.#once("sequences", (writer) => {
      for (const input of this.#transaction.inputs) writer.u32(input.sequence);
    });
  }

  #outputs(): Uint8Array {
    return this.#once("outputs", (writer) => {
      for (const output of this.#transaction.outputs) writer.put(outputBytes(output));
    });
  }

  #amounts(): Uint8Array {
    return this.#once("amounts", (writer) => {
      for (const coin of this.#coins) writer.u64(coin.valueSat);
    });
  }

  #scripts(): Uint8Array {
    return this.#once("scripts", (writer) => {
      for (const coin of this.#coins) writer.sized(coin.scriptPubKey);
    });
  }

  #once(part: string, write: (writer: ByteWriter) => void): Uint8Array {
    const known = this.#shared.get(part);
    if (known !== undefined) return known;
    const hash = hashOf(write);
    this.#shared.set(part, hash);
    return hash;
  }
}

function hashOf(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  write(writer);
  return sha256(writer.bytes());
}

function writeOutpoint(writer: ByteWriter, input: TransactionInput): void {
  writer.hash(input.previousTxid);
  writer.u32(input.previousIndex);
}

function outputBytes(output: TransactionOutput): Uint8Array {
  const writer = new ByteWriter();
  writer.u64(output.valueSat);
  writer.sized(output.scriptPubKey);
  return writer.bytes();
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}
