/** One input: the output that it spends and what unlocks it. Byte fields are views of the block's bytes. */
export interface TransactionInput {
  /** Display order; all zeros in a coinbase. */
  readonly previousTxid: string;
  readonly previousIndex: number;
  readonly scriptSig: Uint8Array;
  readonly sequence: number;
  /** Empty for an input without witness. */
  readonly witness: readonly Uint8Array[];
}

/** One output. */
export interface TransactionOutput {
  /** 0 to 2,100,000,000,000,000 satoshi. */
  readonly valueSat: number;
  readonly scriptPubKey: Uint8Array;
}

/**
 * One transaction with its ids in display order and its sizes.
 * @see https://github.com/bitcoin/bips/blob/master/bip-0144.mediawiki
 */
export interface Transaction {
  readonly txid: string;
  /** Equals the txid when no input has a witness. */
  readonly wtxid: string;
  readonly version: number;
  readonly inputs: readonly TransactionInput[];
  readonly outputs: readonly TransactionOutput[];
  readonly lockTime: number;
  readonly hasWitness: boolean;
  /** Serialized size, witness included. */
  readonly sizeBytes: number;
  /** Three times the size without witness plus the size with it. */
  readonly weightWu: number;
  /** A quarter of the weight, rounded up. */
  readonly sizeVb: number;
}

const nullTxid = "0".repeat(64);

/** True when the transaction creates coins: one input, which spends nothing. */
export function isCoinbase(transaction: Pick<Transaction, "inputs">): boolean {
  const [input] = transaction.inputs;
  return transaction.inputs.length === 1 && input !== undefined && isNullOutpoint(input);
}

/** True when an input spends nothing, as only a coinbase may. */
export function isNullOutpoint(input: TransactionInput): boolean {
  return input.previousIndex === 0xffff_ffff && input.previousTxid === nullTxid;
}
