import { fromDisplayHex } from "../../block/display-hex.js";
import { hash256 } from "../../block/hash256.js";
import { merkleRoot } from "../../block/merkle-root.js";

const coinbaseWtxid = "0".repeat(64);
const prefixHex = "6a24aa21a9ed";

/**
 * The script of the output by which a coinbase with a reserved value of zeros commits to the witnesses of transactions.
 * @see https://github.com/bitcoin/bips/blob/master/bip-0141.mediawiki#commitment-structure
 */
export function emptyCoinbaseCommitment(wtxids: readonly string[]): string {
  const { root } = merkleRoot([coinbaseWtxid, ...wtxids]);
  return prefixHex + Buffer.from(hash256(fromDisplayHex(root), new Uint8Array(32))).toString("hex");
}
