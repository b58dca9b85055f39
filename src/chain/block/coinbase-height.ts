import type { Block } from "./block.js";

const firstSmallNumberOpcode = 0x51;
const lastSmallNumberOpcode = 0x60;

/**
 * Reads the height that the coinbase of a version 2 block begins with; undefined where none can be there.
 * @see https://github.com/bitcoin/bips/blob/master/bip-0034.mediawiki
 */
export function coinbaseHeight(block: Pick<Block, "header" | "transactions">): number | undefined {
  if (block.header.version < 2) return undefined;
  const script = block.transactions[0].inputs[0]?.scriptSig ?? new Uint8Array();
  const lengthBytes = script[0];
  if (lengthBytes === undefined) return undefined;
  if (lengthBytes >= firstSmallNumberOpcode && lengthBytes <= lastSmallNumberOpcode) {
    return lengthBytes - firstSmallNumberOpcode + 1;
  }
  const digits = script.subarray(1, 1 + lengthBytes);
  // Three bytes last for 8,388,607 blocks. Early version 2 blocks begin with four bytes that are no height.
  const top = digits.at(-1);
  // A set top bit is a sign, and no height is negative.
  if (lengthBytes > 3 || digits.length !== lengthBytes || top === undefined || top >= 0x80) return undefined;
  return digits.reduceRight((height, digit) => height * 256 + digit, 0);
}
