import type { Block } from "../../block/block.js";
import { hashOfHeader, headerBytes } from "../../block/parse-block.js";
import { meetsTarget } from "../../block/proof-of-work.js";
import { serializeBlock } from "../../block/serialize-block.js";
import { type BlockTree, buildBlock } from "./build-block.js";
import type { BlockPlan } from "./chain-kernel.js";
import { regtest } from "./regtest.js";

const nonceOffsetBytes = 76;

/**
 * Builds a block to a plan and finds its nonce, the lowest that works; the block isn't submitted.
 * @returns its bytes in consensus serialization
 * @throws what `buildBlock` throws
 */
export function mineBlock(kernel: BlockTree, plan: BlockPlan): Uint8Array {
  return proveWork(buildBlock(kernel, plan));
}

/** The bytes of a block with the lowest nonce that proves its work: two tries on average, and no more than 2^32. */
export function proveWork(block: Block): Uint8Array {
  const bytes = serializeBlock(block);
  const header = bytes.subarray(0, headerBytes);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  for (let nonce = 0; nonce <= 0xffff_ffff; nonce += 1) {
    view.setUint32(nonceOffsetBytes, nonce, true);
    if (meetsTarget(hashOfHeader(header), regtest.bits)) break;
  }
  return bytes;
}
