// @ts-check

import { createHash } from "node:crypto";

/** What is asked of every server, and what each answer must be. */

export const HEIGHT = 840_000;

/**
 * @typedef {object} Method
 * @property {string} name
 * @property {string} title
 * @property {number} outstanding requests that each client keeps open, whoever serves them
 * @property {boolean} isEngineOnly whether no competitor has anything like it
 */

/** @type {readonly Method[]} */
export const methods = [
  { name: "get_block_height", title: "`get_block_height`", outstanding: 32, isEngineOnly: false },
  { name: "get_raw_block", title: "`get_raw_block`, 1 MB", outstanding: 4, isEngineOnly: false },
  { name: "get_block", title: "`get_block`, 1 MB parsed", outstanding: 4, isEngineOnly: true },
];

const BLOCK_BYTES = 1_000_000;
const OUTPUTS = 2;
const SCRIPT_BYTES = 22;
const INPUT_SCRIPT_BYTES = 107;

/**
 * A block of a million bytes with transactions of the usual size: one input, two outputs. Its proof of work is nobody's
 * matter here.
 * @returns {Uint8Array} the same bytes in every process
 */
export function blockBytes() {
  const block = Buffer.alloc(BLOCK_BYTES);
  // Behind the header a count of three bytes; the coinbase takes what the others leave.
  const bodyBytes = BLOCK_BYTES - 83;
  const others = Math.floor(bodyBytes / transactionBytes(INPUT_SCRIPT_BYTES)) - 1;
  const coinbaseBytes = bodyBytes - others * transactionBytes(INPUT_SCRIPT_BYTES);
  block.writeInt32LE(0x2000_0000, 0);
  block.writeUInt32LE(1_713_571_767, 68);
  block[80] = 0xfd;
  block.writeUInt16LE(others + 1, 81);
  let at = writeTransaction(block, 83, 0, coinbaseBytes - transactionBytes(0));
  for (let n = 1; n <= others; n++) at = writeTransaction(block, at, n, INPUT_SCRIPT_BYTES);
  return Uint8Array.from(block);
}

/** @param {number} scriptBytes below 253 */
function transactionBytes(scriptBytes) {
  return 4 + 1 + 36 + 1 + scriptBytes + 4 + 1 + OUTPUTS * (8 + 1 + SCRIPT_BYTES) + 4;
}

/**
 * @param {Buffer} block
 * @param {number} start
 * @param {number} n 0 for the coinbase
 * @param {number} scriptBytes below 253
 * @returns {number} where it ends
 */
function writeTransaction(block, start, n, scriptBytes) {
  let at = block.writeInt32LE(2, start);
  at = block.writeUInt8(1, at);
  block.fill(n === 0 ? 0 : (n % 255) + 1, at, at + 32);
  at = block.writeUInt32LE(n === 0 ? 0xffff_ffff : 0, at + 32);
  at = block.writeUInt8(scriptBytes, at);
  block.fill(n, at, at + scriptBytes);
  at = block.writeUInt32LE(0xffff_fffd, at + scriptBytes);
  at = block.writeUInt8(OUTPUTS, at);
  for (let output = 0; output < OUTPUTS; output++) {
    at = block.writeBigUInt64LE(BigInt(n * 1000 + output), at);
    at = block.writeUInt8(SCRIPT_BYTES, at);
    block.fill(output, at, at + SCRIPT_BYTES);
    at += SCRIPT_BYTES;
  }
  return block.writeUInt32LE(0, at);
}

/** Transactions of {@link blockBytes}. */
export const BLOCK_TRANSACTIONS = Math.floor((BLOCK_BYTES - 83) / transactionBytes(INPUT_SCRIPT_BYTES));

const sha256 = (/** @type {Uint8Array} */ bytes) => createHash("sha256").update(bytes).digest();

/** The hash of {@link blockBytes} in display order. */
export const BLOCK_HASH = sha256(sha256(blockBytes().subarray(0, 80)))
  .reverse()
  .toString("hex");
