import type { Block } from "./block.js";
import { fromDisplayHex } from "./display-hex.js";
import { hash256 } from "./hash256.js";
import { merkleRoot } from "./merkle-root.js";

const commitmentPrefix = Uint8Array.of(0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed);
const commitmentBytes = 38;
const coinbaseWtxid = "0".repeat(64);

/**
 * Reads the witness commitment that the coinbase makes, as hex, or undefined when it makes none.
 * Of several outputs that look like one, the last counts.
 * @see https://github.com/bitcoin/bips/blob/master/bip-0141.mediawiki#commitment-structure
 */
export function claimedWitnessCommitment(block: Pick<Block, "transactions">): string | undefined {
  const script = block.transactions[0].outputs
    .map((output) => output.scriptPubKey)
    .findLast(
      (bytes) =>
        bytes.length >= commitmentBytes &&
        Buffer.compare(bytes.subarray(0, commitmentPrefix.length), commitmentPrefix) === 0,
    );
  if (script === undefined) return undefined;
  return Buffer.from(script.subarray(commitmentPrefix.length, commitmentBytes)).toString("hex");
}

/**
 * Computes the commitment that the block's witnesses ask for, as hex,
 * or undefined when the coinbase carries no reserved value of 32 bytes to compute it with.
 */
export function computedWitnessCommitment(block: Pick<Block, "transactions">): string | undefined {
  const [coinbase, ...rest] = block.transactions;
  const witness = coinbase.inputs[0]?.witness ?? [];
  const [reserved] = witness;
  if (witness.length !== 1 || reserved?.length !== 32) return undefined;
  const { root } = merkleRoot([coinbaseWtxid, ...rest.map((transaction) => transaction.wtxid)]);
  return Buffer.from(hash256(fromDisplayHex(root), reserved)).toString("hex");
}
